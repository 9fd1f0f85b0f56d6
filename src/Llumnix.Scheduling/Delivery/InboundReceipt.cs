namespace Llumnix.Scheduling.Delivery;

/// <summary>The answer to tokens that arrived.</summary>
/// <param name="Verdict">What to do.</param>
/// <param name="State">The delivery after it.</param>
/// <param name="Skip">How many of the arrived tokens were known already.</param>
/// <param name="Count">How many after those are to be delivered.</param>
public readonly record struct InboundReceipt(InboundVerdict Verdict, InboundTokens State, int Skip, int Count);
