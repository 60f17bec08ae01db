using Ankole.Control;
using Ankole.Server.Web.Shell;

namespace Ankole.Server.Web.Jobs;

/// <summary>Runs of a job beside its schedule.</summary>
internal static class JobRuns
{
    /// <summary>Asks for one run on all of the job's volumes, paused or not; while it runs already, right after that.</summary>
    public static Task StartAsync(UserActions actions, RecurringJobResource job, DateTimeOffset now) => actions.TryAsync(
        $"Job {job.Name} is to run now.",
        async store => await store.ChangeAsync<RecurringJobResource>(ResourceKey.Of(job), status: false, current => RunRequest.Ask(current, now, []), CancellationToken.None));
}
