using System.Buffers.Binary;

namespace Ankole.Nfs.Tests;

/// <summary>Decodes and carries out one COMPOUND of <see cref="FakeServer"/>.</summary>
internal static class FakeCompound
{
    private const ulong Root = 1;

    public static List<NfsOperation> OperationsOf(byte[] call)
    {
        var found = new List<NfsOperation>();
        Run(call, new FakeFiles { ClientId = 1 }, Fault.None, found);
        return found;
    }

    public static byte[] CarryOut(byte[] call, FakeFiles files, Fault fault) => Run(call, files, fault, dryRun: null);

    private static byte[] Run(byte[] call, FakeFiles files, Fault fault, List<NfsOperation>? dryRun)
    {
        var reader = new XdrReader(call);
        var xid = reader.ReadUInt32();
        for (var i = 0; i < 5; i++)
            reader.ReadUInt32();
        for (var i = 0; i < 2; i++)
        {
            reader.ReadUInt32();
            reader.ReadOpaque(400);
        }
        reader.ReadOpaque(1024);
        reader.ReadUInt32(); // minor version
        var count = reader.ReadUInt32();
        var execution = new Execution(files, fault, dryRun is not null);
        using var results = new XdrWriter(4096);
        var (status, done) = (NfsStatus.Ok, 0u);
        for (; done < count && status == NfsStatus.Ok; done++)
        {
            var operation = (NfsOperation)reader.ReadUInt32();
            dryRun?.Add(operation);
            results.WriteUInt32((uint)operation);
            var at = results.Length;
            results.WriteUInt32(0);
            status = execution.Run(operation, ref reader, results);
            results.PatchUInt32(at, (uint)status);
            if (execution.Replay is { } kept)
                return Reply(xid, kept);
        }
        using var body = new XdrWriter(4096);
        body.WriteUInt32((uint)status);
        body.WriteUInt32(0);
        body.WriteUInt32(done);
        body.WriteFixed(results.Written.Span);
        var bytes = body.Written.ToArray();
        execution.Keep(bytes);
        return Reply(xid, bytes);
    }

    private static byte[] Reply(uint xid, byte[] body)
    {
        using var reply = new XdrWriter(4096);
        reply.WriteUInt32(0x8000_0000 | (uint)(24 + body.Length));
        reply.WriteUInt32(xid);
        reply.WriteUInt32(1);
        for (var i = 0; i < 4; i++)
            reply.WriteUInt32(0);
        reply.WriteFixed(body);
        return reply.Written.ToArray();
    }

    private sealed class Execution(FakeFiles files, Fault fault, bool dryRun)
    {
        private ulong current, saved;
        private (uint Slot, uint Sequence)? slot;

        /// <summary>The kept answer to a call that was carried out before.</summary>
        public byte[]? Replay { get; private set; }

        public void Keep(byte[] body)
        {
            if (slot is { } held)
                files.Slots[held.Slot] = (held.Sequence, body);
        }

        public NfsStatus Run(NfsOperation operation, ref XdrReader args, XdrWriter result)
        {
            var fails = fault.FailingOperation == operation;
            if (fails && operation == NfsOperation.Sequence)
                return fault.FailingStatus;
            var status = CarryOut(operation, ref args, result, fails);
            return fails ? fault.FailingStatus : dryRun ? NfsStatus.Ok : status;
        }

        private NfsStatus CarryOut(NfsOperation operation, ref XdrReader args, XdrWriter result, bool fails)
        {
            var quiet = fails ? new XdrWriter(64) : result;
            switch (operation)
            {
                case NfsOperation.ExchangeId: return ExchangeId(ref args, quiet);
                case NfsOperation.CreateSession: return CreateSession(ref args, quiet);
                case NfsOperation.Sequence: return Sequence(ref args, quiet);
                case NfsOperation.DestroySession: args.ReadFixed(16); return NfsStatus.Ok;
                case NfsOperation.DestroyClientId: args.ReadUInt64(); return NfsStatus.Ok;
                case NfsOperation.ReclaimComplete: args.ReadBool(); return NfsStatus.Ok;
                case NfsOperation.PutRootFh: current = Root; return NfsStatus.Ok;
                case NfsOperation.PutFh:
                    current = BinaryPrimitives.ReadUInt64BigEndian(args.ReadOpaque(128));
                    return current == Root || files.ById.ContainsKey(current) ? NfsStatus.Ok : NfsStatus.Stale;
                case NfsOperation.GetFh:
                    quiet.WriteUInt32(8);
                    quiet.WriteUInt64(current);
                    return NfsStatus.Ok;
                case NfsOperation.SaveFh: saved = current; return NfsStatus.Ok;
                case NfsOperation.RestoreFh: current = saved; return NfsStatus.Ok;
                case NfsOperation.Lookup: return Lookup(args.ReadString(255));
                case NfsOperation.GetAttr: return GetAttr(NfsAttributes.ReadBitmap(ref args), quiet);
                case NfsOperation.Verify: NfsAttributes.ReadBitmap(ref args); args.ReadOpaque(64); return NfsStatus.Ok;
                case NfsOperation.SetAttr: StateId.Read(ref args); NfsAttributes.ReadBitmap(ref args); args.ReadOpaque(64); quiet.WriteUInt32(0); return NfsStatus.Ok;
                case NfsOperation.Open: return Open(ref args, quiet, fails);
                case NfsOperation.Write: return Write(ref args, quiet, fails);
                case NfsOperation.Commit: return Commit(ref args, quiet, fails);
                case NfsOperation.Close: return Close(ref args, quiet);
                case NfsOperation.Read: return Read(ref args, quiet);
                case NfsOperation.Rename: return Rename(args.ReadString(255), args.ReadString(255), quiet, fails);
                case NfsOperation.Link: return Link(args.ReadString(255), quiet);
                case NfsOperation.Remove: return Remove(args.ReadString(255), quiet);
                default: return NfsStatus.NotSupp;
            }
        }

        private NfsStatus ExchangeId(ref XdrReader args, XdrWriter result)
        {
            args.ReadUInt64();
            args.ReadOpaque(1024);
            files.ClientId = 7;
            files.CreateSequence = 1;
            result.WriteUInt64(7);
            result.WriteUInt32(1);
            result.WriteUInt32(0x0001_0000);
            result.WriteUInt32(0);
            result.WriteUInt64(0);
            result.WriteString("owner");
            result.WriteString("scope");
            result.WriteUInt32(0);
            return NfsStatus.Ok;
        }

        private NfsStatus CreateSession(ref XdrReader args, XdrWriter result)
        {
            args.ReadUInt64();
            var sequence = args.ReadUInt32();
            if (files.ClientId is null)
                return NfsStatus.StaleClientId;
            var isRepetition = sequence + 1 == files.CreateSequence;
            if (sequence != files.CreateSequence && !isRepetition)
                return NfsStatus.SeqMisordered;
            // A repetition is answered as it was before.
            if (!isRepetition)
            {
                files.CreateSequence = sequence + 1;
                files.ForgetSession();
                files.SessionsMade++;
            }
            using var id = new XdrWriter(16);
            id.WriteUInt64(0xabcd);
            id.WriteUInt64((ulong)files.SessionsMade);
            var bytes = new XdrReader(id.Written.Span);
            files.Session = SessionId.Read(ref bytes);
            result.WriteFixed(id.Written.Span);
            result.WriteUInt32(sequence);
            result.WriteUInt32(0);
            new ChannelAttributes(70_000, 70_000, 4096, 32, 4).Write(result);
            new ChannelAttributes(4096, 4096, 0, 2, 1).Write(result);
            return NfsStatus.Ok;
        }

        private NfsStatus Sequence(ref XdrReader args, XdrWriter result)
        {
            var id = SessionId.Read(ref args);
            var sequence = args.ReadUInt32();
            var slotId = args.ReadUInt32();
            args.ReadUInt32();
            args.ReadBool();
            if (dryRun)
                return NfsStatus.Ok;
            if (files.Session is not { } session || !session.Bytes.SequenceEqual(id.Bytes))
                return NfsStatus.BadSession;
            var last = files.Slots.GetValueOrDefault(slotId);
            if (sequence == last.Sequence && last.Results is not null)
            {
                Replay = last.Results;
                return NfsStatus.Ok;
            }
            if (sequence != last.Sequence + 1)
                return NfsStatus.SeqMisordered;
            slot = (slotId, sequence);
            result.WriteFixed(id.Bytes);
            foreach (var word in new[] { sequence, slotId, 3u, 3u, 0u })
                result.WriteUInt32(word);
            return NfsStatus.Ok;
        }

        private NfsStatus Lookup(string name)
        {
            if (!files.Names.TryGetValue(name, out var file))
                return NfsStatus.NoEnt;
            current = file.Id;
            return NfsStatus.Ok;
        }

        private NfsStatus GetAttr(AttributeSet wanted, XdrWriter result)
        {
            var known = wanted & (AttributeSet.Type | AttributeSet.Size | AttributeSet.LinkSupport | AttributeSet.LeaseTime | AttributeSet.FileId);
            NfsAttributes.WriteBitmap(result, known);
            using var values = new XdrWriter(64);
            var file = files.ById.GetValueOrDefault(current);
            if (known.HasFlag(AttributeSet.Type))
                values.WriteUInt32(file is null ? 2u : 1u);
            if (known.HasFlag(AttributeSet.Size))
                values.WriteUInt64((ulong)(file?.Volatile.Length ?? 0));
            if (known.HasFlag(AttributeSet.LinkSupport))
                values.WriteBool(files.AllowsLinks);
            if (known.HasFlag(AttributeSet.LeaseTime))
                values.WriteUInt32(30);
            if (known.HasFlag(AttributeSet.FileId))
                values.WriteUInt64(current);
            result.WriteOpaque(values.Written.Span);
            return NfsStatus.Ok;
        }

        private NfsStatus Open(ref XdrReader args, XdrWriter result, bool fails)
        {
            for (var i = 0; i < 3; i++)
                args.ReadUInt32();
            args.ReadUInt64();
            args.ReadOpaque(1024);
            args.ReadUInt32();
            if (args.ReadUInt32() == 3)
                args.ReadUInt64();
            NfsAttributes.ReadBitmap(ref args);
            args.ReadOpaque(64);
            args.ReadUInt32();
            var name = args.ReadString(255);
            if (dryRun || fails)
                return NfsStatus.Ok;
            if (files.Names.ContainsKey(name))
                return NfsStatus.Exist;
            var file = files.Create(name);
            file.IsOpen = true;
            files.Did($"Open {Plain(name)}");
            current = file.Id;
            new StateId(1, file.Id, 0).Write(result);
            WriteChange(result);
            result.WriteUInt32(0);
            NfsAttributes.WriteBitmap(result, AttributeSet.None);
            result.WriteUInt32(0);
            return NfsStatus.Ok;
        }

        private NfsStatus Write(ref XdrReader args, XdrWriter result, bool fails)
        {
            StateId.Read(ref args);
            var offset = (int)args.ReadUInt64();
            args.ReadUInt32();
            var data = args.ReadOpaque(1 << 20);
            if (dryRun || fails)
                return NfsStatus.Ok;
            var file = files.ById[current];
            if (!file.IsOpen)
                return NfsStatus.BadStateId;
            var bytes = new byte[Math.Max(file.Volatile.Length, offset + data.Length)];
            file.Volatile.CopyTo(bytes, 0);
            data.CopyTo(bytes.AsSpan(offset));
            file.Volatile = bytes;
            result.WriteUInt32((uint)data.Length);
            result.WriteUInt32(0);
            result.WriteUInt64(files.Verifier);
            return NfsStatus.Ok;
        }

        private NfsStatus Commit(ref XdrReader args, XdrWriter result, bool fails)
        {
            args.ReadUInt64();
            args.ReadUInt32();
            if (dryRun || fails)
                return NfsStatus.Ok;
            var file = files.ById[current];
            file.Stable = file.Volatile;
            result.WriteUInt64(files.Verifier);
            return NfsStatus.Ok;
        }

        private NfsStatus Close(ref XdrReader args, XdrWriter result)
        {
            args.ReadUInt32();
            StateId.Read(ref args);
            if (dryRun)
                return NfsStatus.Ok;
            var file = files.ById[current];
            if (!file.IsOpen)
                return NfsStatus.BadStateId;
            file.IsOpen = false;
            default(StateId).Write(result);
            return NfsStatus.Ok;
        }

        private NfsStatus Read(ref XdrReader args, XdrWriter result)
        {
            StateId.Read(ref args);
            var offset = (int)args.ReadUInt64();
            var count = (int)args.ReadUInt32();
            if (dryRun)
                return NfsStatus.Ok;
            var bytes = files.ById[current].Volatile;
            offset = Math.Min(offset, bytes.Length);
            count = Math.Min(count, bytes.Length - offset);
            result.WriteBool(offset + count == bytes.Length);
            result.WriteOpaque(bytes.AsSpan(offset, count));
            return NfsStatus.Ok;
        }

        private NfsStatus Rename(string from, string to, XdrWriter result, bool fails)
        {
            if (dryRun || fails)
                return NfsStatus.Ok;
            if (!files.Names.Remove(from, out var file))
                return NfsStatus.NoEnt;
            files.Names[to] = file;
            files.Did($"Rename {Plain(from)} {to}");
            WriteChange(result);
            WriteChange(result);
            return NfsStatus.Ok;
        }

        private NfsStatus Link(string name, XdrWriter result)
        {
            if (dryRun)
                return NfsStatus.Ok;
            if (!files.AllowsLinks)
                return NfsStatus.NotSupp;
            if (!files.Names.TryAdd(name, files.ById[saved]))
                return NfsStatus.Exist;
            files.Did($"Link {name}");
            WriteChange(result);
            return NfsStatus.Ok;
        }

        private NfsStatus Remove(string name, XdrWriter result)
        {
            if (dryRun)
                return NfsStatus.Ok;
            if (!files.Names.Remove(name))
                return NfsStatus.NoEnt;
            files.Did($"Remove {Plain(name)}");
            WriteChange(result);
            return NfsStatus.Ok;
        }

        private static void WriteChange(XdrWriter result)
        {
            result.WriteBool(true);
            result.WriteUInt64(1);
            result.WriteUInt64(2);
        }

        private static string Plain(string name) => name.Contains(".tmp.", StringComparison.Ordinal) ? name[..name.IndexOf(".tmp.", StringComparison.Ordinal)] + ".tmp" : name;
    }
}
