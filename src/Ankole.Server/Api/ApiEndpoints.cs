using System.Reflection;

namespace Ankole.Server;

/// <summary>What is served where.</summary>
internal static class ApiEndpoints
{
    /// <summary>The Kubernetes release whose API conventions these are; <c>kubectl</c> compares it with its own.</summary>
    private const string Level = "1.32";

    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<ServedKinds>();
        services.AddSingleton<Discovery>();
        services.AddSingleton<OpenApiDocuments>();
        services.AddSingleton<WatchHandler>();
        services.AddSingleton<ApiHandler>();
        services.AddSingleton<DoctorVisit>();
    }

    public static void Map(WebApplication app)
    {
        app.UseMiddleware<ErrorMiddleware>();
        app.UseRouting();
        app.UseMiddleware<AuthenticationMiddleware>();

        app.MapGet("/healthz", (RequestDelegate)(context => context.Response.WriteAsync("ok\n"))).WithMetadata(AnonymousEndpoint.Marker);
        app.MapGet("/readyz", (RequestDelegate)ReadyAsync).WithMetadata(AnonymousEndpoint.Marker);
        app.MapPrometheusScrapingEndpoint("/metrics");
        app.MapGet("/version", (RequestDelegate)VersionAsync);
        app.MapGet("/openapi/v3/{**path}", (RequestDelegate)app.Services.GetRequiredService<OpenApiDocuments>().HandleAsync);
        DoctorEndpoint.Map(app);
        DeletionEndpoint.Map(app);
        var api = app.Services.GetRequiredService<ApiHandler>();
        app.Map("/api/{**path}", (RequestDelegate)api.HandleAsync);
        app.Map("/apis/{**path}", (RequestDelegate)api.HandleAsync);
        app.Map("/{**path}", (RequestDelegate)(context => throw ApiException.NotFound(context.Request.Path)));
    }

    private static async Task ReadyAsync(HttpContext context)
    {
        var missing = await context.RequestServices.GetRequiredService<Readiness>().WhatIsMissingAsync(context.RequestAborted);
        context.Response.StatusCode = missing is null ? 200 : 503;
        await context.Response.WriteAsync(missing is null ? "ok\n" : missing + "\n", context.RequestAborted);
    }

    private static Task VersionAsync(HttpContext context) => JsonAnswer.WriteAsync(context, 200, writer =>
    {
        var version = typeof(ApiEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        writer.WriteStartObject();
        writer.WriteString("major", Level.Split('.')[0]);
        writer.WriteString("minor", Level.Split('.')[1]);
        writer.WriteString("gitVersion", $"v{Level}.0+ankole.{version}");
        writer.WriteString("platform", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier);
        writer.WriteEndObject();
    });
}
