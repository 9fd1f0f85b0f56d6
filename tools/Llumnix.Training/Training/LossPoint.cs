namespace Llumnix.Training.Training;

/// <summary>One point of the loss curve. Losses are in nats a token; HeldOut is null where it was not measured.</summary>
public sealed record LossPoint(int Step, long Tokens, double Seconds, double LearningRate, double Training, double? HeldOut);
