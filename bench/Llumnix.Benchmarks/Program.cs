Console.WriteLine("llumnix benchmarks");
