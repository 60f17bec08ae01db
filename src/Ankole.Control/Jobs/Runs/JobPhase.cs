namespace Ankole.Control;

/// <summary>Values of <see cref="JobVolumeRun.Phase"/>.</summary>
public static class JobPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Skipped = "Skipped";

    public static bool IsFinal(string phase) => phase is Succeeded or Failed or Skipped;
}
