using Llumnix.Scheduling;

namespace Llumnix.Actors.KvStreams;

/// <summary>One block on its way out.</summary>
/// <param name="Stream">The stream it belongs to.</param>
/// <param name="Index">Its place in the request's block table.</param>
/// <param name="Block">Where it lies; pinned by its owner until the stage's receipt.</param>
/// <param name="Memory">The memory it lies in.</param>
/// <param name="LastOfStage">Whether the destination shall answer with a receipt.</param>
internal readonly record struct KvSendItem(KvStreamId Stream, int Index, BlockId Block, IKvBlockMemory Memory, bool LastOfStage);
