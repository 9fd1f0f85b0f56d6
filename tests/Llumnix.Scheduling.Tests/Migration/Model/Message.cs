using Llumnix.Scheduling.Delivery;
using Llumnix.Scheduling.Recovery;

namespace Llumnix.Scheduling.Tests.Migration.Model;

/// <summary>A message on its way to an instance, a gateway or a gateway's dispatcher.</summary>
/// <param name="From">Who sent it.</param>
/// <param name="To">Whom to.</param>
/// <param name="Body">What.</param>
internal sealed record Message(Node From, Node To, MessageBody Body)
{
    /// <inheritdoc/>
    public override string ToString() => $"{From} -> {To}: {Body}";
}

/// <summary>Who gets messages: instances by number, then gateways, then their dispatchers.</summary>
internal readonly record struct Node(NodeKind Kind, int Number)
{
    public static Node Instance(int number) => new(NodeKind.Instance, number);

    public static Node Gateway(int number) => new(NodeKind.Gateway, number);

    public static Node Dispatcher(int number) => new(NodeKind.Dispatcher, number);

    /// <summary>A number of its own.</summary>
    public int Place => ((int)Kind * 4) + Number;

    public override string ToString() => $"{Kind} {Number}";
}

internal enum NodeKind
{
    Instance,
    Gateway,
    Dispatcher,
}

/// <summary>Names a migration: its source, and which of the source's it is.</summary>
internal readonly record struct Move(int Source, int Number)
{
    /// <summary>A number of its own, below 64.</summary>
    public int Place => (Source * 16) + Number;
}

/// <summary>What a message says; compared by value.</summary>
internal abstract record MessageBody
{
    /// <summary>Whether the network can lose and double it: not so for what a node learns of its own accord, and for a stage, whose failure is told.</summary>
    public virtual bool Faulty => true;

    // From gateways.
    public sealed record Submit(int Gateway, Epoch Epoch, int Next) : MessageBody;

    public sealed record Stop(int Gateway, Epoch Epoch) : MessageBody;

    public sealed record Resend(int Gateway, Epoch Epoch, int From) : MessageBody;

    public sealed record Acknowledge(Epoch Epoch, int Next, bool Ended) : MessageBody;

    public sealed record WhoHas(int Gateway) : MessageBody;

    public sealed record MoveGranted(int To, Epoch Grant) : MessageBody;

    public sealed record MoveDenied(int To) : MessageBody;

    /// <summary>To a dispatcher.</summary>
    public sealed record Place(int Excluded) : MessageBody
    {
        public override bool Faulty => false;
    }

    // From instances to gateways.
    public sealed record ToEntity(RequestEvent Happened) : MessageBody;

    public sealed record ToRecovery(RecoveryEvent Happened) : MessageBody;

    /// <summary>The gateway's dispatcher has seen an instance die.</summary>
    public sealed record InstanceDied(InstanceId Instance) : MessageBody
    {
        public override bool Faulty => false;
    }

    // Between instances.
    public sealed record Reserve(Move Move, Epoch Granted, int Blocks) : MessageBody;

    public sealed record Reserved(Move Move, int Blocks) : MessageBody;

    public sealed record Refused(Move Move) : MessageBody;

    public sealed record Commit(Move Move, int Blocks, int Next, int Acked, int Owner) : MessageBody;

    public sealed record Committed(Move Move) : MessageBody;

    public sealed record Unknown(Move Move) : MessageBody;

    public sealed record Abort(Move Move) : MessageBody;

    /// <summary>The blocks up to <paramref name="To"/>, on their way by a KV stream.</summary>
    public sealed record Stage(Move Move, int To) : MessageBody
    {
        public override bool Faulty => false;
    }

    public sealed record StageDone(Move Move) : MessageBody
    {
        public override bool Faulty => false;
    }

    public sealed record StageFailed(Move Move) : MessageBody
    {
        public override bool Faulty => false;
    }

    /// <summary>The other instance is gone.</summary>
    public sealed record PeerDied(int Instance) : MessageBody
    {
        public override bool Faulty => false;
    }
}
