using Akka.Actor;
using Llumnix.Gpu.Engine;

namespace Llumnix.Actors.Sessions;

/// <summary>How far a session is with one of its choices.</summary>
/// <param name="index">Which choice, from 0.</param>
internal sealed class SessionChoice(int index)
{
    public int Index { get; } = index;

    /// <summary>Its entity, once that has answered.</summary>
    public IActorRef Entity { get; set; } = ActorRefs.Nobody;

    /// <summary>Turns its tokens into what the client sees.</summary>
    public required OutputText Text { get; set; }

    /// <summary>The output index of the token it awaits.</summary>
    public int Next { get; set; }

    /// <summary>The output index from which the client wants tokens.</summary>
    public int Offset { get; set; }

    /// <summary>What it has gone through so far.</summary>
    public RequestMoves Moves { get; set; } = RequestMoves.None;

    /// <summary>Whether an instance had it when this gateway took it over; null before that is known.</summary>
    public bool? Found { get; set; }

    /// <summary>Whether its end was told.</summary>
    public bool Ended { get; set; }
}
