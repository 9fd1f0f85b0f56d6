using Llumnix.Training.Model;
using static TorchSharp.torch;

namespace Llumnix.Training.Training;

/// <summary>
/// What a training run is told. Steps is the whole schedule; Minutes, if given, hurries the schedule to its end after that time;
/// Products is what matrix products are computed in.
/// </summary>
public sealed record TrainingOptions(
    string Out, ulong Seed, int Steps, double? Minutes, int TokensPerStep, double LearningRate, int Threads, ScalarType Products, LlamaShape Shape);
