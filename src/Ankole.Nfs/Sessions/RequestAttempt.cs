namespace Ankole.Nfs;

/// <summary>What one request has been through: its slot, how often it was sent, how long it may still take.</summary>
internal sealed class RequestAttempt(CompoundRequest request, Deadline deadline, Deadline graceDeadline)
{
    private Backoff reconnects;
    private int delays;
    private bool isUnanswered;
    private bool hasSeenGrace;

    public CompoundRequest Request { get; } = request;

    public Deadline Deadline { get; private set; } = deadline;

    public Deadline GraceDeadline { get; } = graceDeadline;

    public NfsSession? Session { get; private set; }

    public Slot? Slot { get; private set; }

    /// <summary>True once the request's bytes belong to whoever waits for the answer in the caller's stead.</summary>
    public bool IsHandedOver { get; private set; }

    /// <summary>True while the request is on the wire, or was there when the connection ended: its slot's number must be kept.</summary>
    public bool IsUnanswered
    {
        get => isUnanswered;
        set
        {
            isUnanswered = value;
            if (value)
                Sendings++;
        }
    }

    /// <summary>How often it was sent in the present session.</summary>
    public int Sendings { get; private set; }

    public bool MayBeRepetition { get; private set; }

    /// <summary>The server's last word was to wait (NFS4ERR_DELAY).</summary>
    public bool IsPutOff { get; set; }

    public int Timeouts { get; set; }

    public int SessionsLost { get; set; }

    public string LastFailure { get; set; } = "no connection";

    public void Adopt(NfsSession session, Slot slot)
    {
        // Sent in a session that was lost to another request's eyes: perhaps carried out there.
        MayBeRepetition |= IsUnanswered;
        (Session, Slot) = (session, slot);
        isUnanswered = false;
        Sendings = 0;
    }

    public void ReturnSlot()
    {
        if (Slot is { } slot)
            Session!.Slots.Return(slot);
        Slot = null;
        Session = null;
    }

    /// <summary>The next sending is a new request to the server.</summary>
    public void ForgetSession(bool perhapsCarriedOut)
    {
        MayBeRepetition |= perhapsCarriedOut;
        isUnanswered = false;
        Sendings = 0;
        ReturnSlot();
    }

    public (NfsSession Session, Slot Slot) HandOver()
    {
        IsHandedOver = true;
        var held = (Session!, Slot!);
        (Session, Slot) = (null, null);
        return held;
    }

    public TimeSpan ReconnectPause() => reconnects.Next();

    /// <summary>50 ms, doubling up to 1 s.</summary>
    public TimeSpan DelayPause() => TimeSpan.FromMilliseconds(Math.Min(1000, 50 << Math.Min(delays++, 10)));

    /// <returns>True the first time.</returns>
    public bool NoteGrace() => !hasSeenGrace && (hasSeenGrace = true);

    /// <summary>A server in its grace period does answer: the time it takes does not count against it.</summary>
    public void RestartDeadline(Deadline fresh) => Deadline = fresh;
}
