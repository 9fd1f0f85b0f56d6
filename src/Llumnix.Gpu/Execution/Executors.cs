using System.Globalization;
using Llumnix.Gpu.Models;
using TorchSharp;

namespace Llumnix.Gpu.Execution;

/// <summary>Makes the executor for a device.</summary>
public static class Executors
{
    /// <summary>
    /// Loads a model onto the device that the options name: <see cref="CpuModelExecutor"/> for <c>cpu</c>, <see cref="TorchModelExecutor"/>
    /// for <c>cuda</c>. Instances in one process that are given the same source share its weights. The source may be closed afterwards.
    /// </summary>
    /// <exception cref="ModelLoadException">A tensor is missing or has the wrong shape.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or the device is not there.</exception>
    public static IModelExecutor Create(ExecutorOptions options, ModelConfig model, IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        string device = options.Device == "auto" ? (torch.cuda.is_available() ? "cuda" : "cpu") : options.Device;
        if (device == "cpu") return new CpuModelExecutor(options, model, source);

        int number = 0;
        bool cuda = device == "cuda"
            || (device.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out number));
        if (!cuda) throw new ArgumentException($"Device {options.Device} is not known; it is cpu, cuda, cuda:N or auto.");
        if (!torch.cuda.is_available())
        {
            throw new ArgumentException(
                $"Device {options.Device} was asked for, but no CUDA device is there; build with -p:TorchBackend=cuda on a machine that has one, or choose cpu.");
        }

        if (number >= torch.cuda.device_count())
            throw new ArgumentException($"Device {options.Device} was asked for, but there are {torch.cuda.device_count()} CUDA devices, numbered from 0.");

        return new TorchModelExecutor(options with { Device = device }, model, source);
    }
}
