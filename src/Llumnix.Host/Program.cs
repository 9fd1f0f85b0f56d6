Console.WriteLine("llumnix");
