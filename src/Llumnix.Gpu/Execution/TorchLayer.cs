using TorchSharp;

namespace Llumnix.Gpu.Execution;

/// <summary>One layer's weights as torch operators read them; norms are F32, the rest has the weights' format.</summary>
internal sealed record TorchLayer(
    torch.Tensor InputNorm,
    torch.Tensor Qkv,
    torch.Tensor? QkvBias,
    torch.Tensor? QueryNorm,
    torch.Tensor? KeyNorm,
    torch.Tensor Output,
    torch.Tensor? OutputBias,
    torch.Tensor MlpNorm,
    torch.Tensor GateUp,
    torch.Tensor? GateUpBias,
    torch.Tensor Down,
    torch.Tensor? DownBias);
