using Ankole.Core;

namespace Ankole.Control;

/// <summary>A job's task did not succeed on one volume; the run goes on with the others.</summary>
internal sealed class JobFailedException(string message) : AnkoleException(ErrorKind.Failed, message);
