using Ankole.Core;
using Ankole.Files;
using Ankole.Server;

// Volumes may be block devices of this machine. All threads come from this one.
IoFlusher.TryMark();
var parse = DaemonCommand.Create().Parse(args);
if (parse.Errors.Count == 0)
    return await parse.InvokeAsync(new() { ProcessTerminationTimeout = null });
foreach (var error in parse.Errors)
    await Console.Error.WriteLineAsync($"ankoled: {error.Message} 'ankoled --help' lists the options.");
return (int)ErrorKind.InvalidInput;
