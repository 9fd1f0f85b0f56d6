using Llumnix.Scheduling.Load;

namespace Llumnix.Scheduling.Dispatch;

/// <summary>A dispatch decision.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Instance">The instance, where one was chosen.</param>
/// <param name="Ticket">Goes to it with the request.</param>
public readonly record struct DispatchDecision(DispatchOutcome Outcome, InstanceId Instance = default, DispatchTicket Ticket = default);
