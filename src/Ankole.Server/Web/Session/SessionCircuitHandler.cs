using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Ankole.Server.Web.Session;

/// <summary>An open page obeys nobody once its session is over, even if the browser stays.</summary>
internal sealed class SessionCircuitHandler(AuthenticationStateProvider authentication, SessionState state) : CircuitHandler
{
    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken) =>
        state.Begin(WebSession.Of((await authentication.GetAuthenticationStateAsync()).User));

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) =>
        context => state.IsOver ? Task.CompletedTask : next(context);

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        state.Dispose();
        return Task.CompletedTask;
    }
}
