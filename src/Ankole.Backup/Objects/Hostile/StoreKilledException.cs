namespace Ankole.Backup;

/// <summary>Stands for SIGKILL: what threw it does nothing more. Deliberately no <see cref="Ankole.Core.AnkoleException"/>.</summary>
public sealed class StoreKilledException() : Exception("killed");
