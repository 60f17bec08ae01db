using System.Net;
using System.Net.Sockets;

namespace Ankole.Testing;

/// <summary>
/// A loopback port for a server that is stopped and started again: between the two nobody gets it who takes any free one. A server that names it can
/// listen there all the same, and where none does connections are refused.
/// </summary>
public sealed class ReservedPort : IDisposable
{
    /// <summary>Bound and never listening, with SO_REUSEADDR as .NET binds: then another socket may bind there too, if it names the port.</summary>
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ReservedPort() => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Number => ((IPEndPoint)socket.LocalEndPoint!).Port;

    public void Dispose() => socket.Dispose();
}
