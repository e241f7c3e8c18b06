// Design-time host of `dotnet ef`: it is built, never shipped and never run.
return 0;
