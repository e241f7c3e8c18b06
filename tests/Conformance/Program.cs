Console.Error.WriteLine("usage: feel-dmn | bpmn | miwg");
return 2;
