namespace Llumnix.Actors.KvStreams;

/// <summary>What follows a frame's header.</summary>
public enum KvFrameKind : byte
{
    /// <summary>Source to destination: one block's bytes.</summary>
    Block = 1,

    /// <summary>Source to destination: one block's bytes, the last of a stage; the destination answers with a receipt.</summary>
    LastBlock = 2,

    /// <summary>Destination to source, no bytes: every block up to the named one is in place and checked.</summary>
    Receipt = 3,

    /// <summary>Destination to source, no bytes: the stream is not reserved here (any more); nothing was written.</summary>
    UnknownStream = 4,

    /// <summary>Destination to source, no bytes: the named block's bytes are not those that were sent.</summary>
    ChecksumMismatch = 5,

    /// <summary>Destination to source, no bytes: the named block has no place in the reservation, or has another size.</summary>
    NotReserved = 6,

    /// <summary>Source to destination: bytes for whoever made the reservation, after the blocks they speak of.</summary>
    Message = 7,
}
