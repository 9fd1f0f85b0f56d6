using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Loading;

/// <summary>
/// The weights of a model folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names. Files are
/// memory-mapped; several models over one folder share the system's pages.
/// </summary>
public sealed class SafetensorsModel : IWeightSource
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _places;
    private readonly IReadOnlyCollection<SafetensorsFile> _files;

    private SafetensorsModel(Dictionary<string, SafetensorsFile> places, IReadOnlyCollection<SafetensorsFile> files)
    {
        _places = places;
        _files = files;
    }

    /// <inheritdoc/>
    public IEnumerable<string> Names => _places.Keys;

    /// <summary>Opens every file of the folder and checks that each tensor the index names is where it says.</summary>
    public static SafetensorsModel Open(string folder)
    {
        string single = Path.Combine(folder, SingleFile);
        if (!IsSharded(folder))
        {
            var file = SafetensorsFile.Open(single);
            return new SafetensorsModel(file.Names.ToDictionary(name => name, _ => file, StringComparer.Ordinal), [file]);
        }

        string indexPath = Path.Combine(folder, IndexFile);
        var map = JsonSection.Load(indexPath).Section("weight_map");
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var places = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, value) in map.Members())
            {
                var shard = OpenShard(folder, indexPath, name, map.Text(name, value), shards);
                if (!shard.Contains(name))
                    throw new ModelLoadException($"{indexPath} says that tensor \"{name}\" is in {shard.Path}, which does not have it.");
                places[name] = shard;
            }
        }
        catch
        {
            foreach (var shard in shards.Values) shard.Dispose();
            throw;
        }

        return new SafetensorsModel(places, shards.Values);
    }

    /// <summary>Says with a <see cref="ModelLoadException"/> if the folder has no weights; opens nothing.</summary>
    public static void RequireIn(string folder) => IsSharded(folder);

    /// <inheritdoc/>
    public bool TryGet(string name, out WeightTensor tensor)
    {
        tensor = default;
        return _places.TryGetValue(name, out var file) && file.TryGet(name, out tensor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private static bool IsSharded(string folder)
    {
        if (File.Exists(Path.Combine(folder, SingleFile))) return false;
        if (File.Exists(Path.Combine(folder, IndexFile))) return true;

        bool pickled = Directory.EnumerateFiles(folder, "pytorch_model*.bin").Any();
        throw new ModelLoadException(
            pickled
                ? $"{folder} has its weights as pytorch_model.bin only; they are needed as {SingleFile}, or as shards with {IndexFile}."
                : $"{folder} has no weights: neither {SingleFile} nor {IndexFile} is there.");
    }

    private static SafetensorsFile OpenShard(
        string folder, string indexPath, string tensor, string file, Dictionary<string, SafetensorsFile> open)
    {
        if (file.Length == 0 || Path.GetFileName(file) != file)
        {
            throw new ModelLoadException(
                $"{indexPath}: tensor \"{tensor}\" is said to be in \"{file}\", which is no file name in the folder.");
        }

        if (open.TryGetValue(file, out var shard)) return shard;
        string path = Path.Combine(folder, file);
        if (!File.Exists(path)) throw new ModelLoadException($"{path}, which {indexPath} names for tensor \"{tensor}\", does not exist.");
        return open[file] = SafetensorsFile.Open(path);
    }
}
