Console.Error.WriteLine("usage: w2 | floors");
return 2;
