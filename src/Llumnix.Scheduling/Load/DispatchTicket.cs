namespace Llumnix.Scheduling.Load;

/// <summary>Goes with a request to the instance it was dispatched to, so that the instance's reports tell whether they include it.</summary>
/// <param name="Dispatcher">Who dispatched it: drawn when that dispatcher started.</param>
/// <param name="Number">Rises with every decision of that dispatcher, from 1.</param>
public readonly record struct DispatchTicket(long Dispatcher, long Number);
