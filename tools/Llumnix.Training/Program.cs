Console.WriteLine("llumnix training");
