using System.Buffers.Binary;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Llumnix.Gpu.Models;

namespace Llumnix.Gpu.Loading;

/// <summary>
/// One memory-mapped <c>.safetensors</c> file: 8 bytes of header length (little-endian), a JSON header, the tensors' bytes. The whole
/// header is checked when the file is opened, as the format demands: every tensor's range lies in the file, has the size that its shape
/// and number format give, overlaps no other and leaves no byte unclaimed. Errors are <see cref="ModelLoadException"/>.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    // The format's own limit: a longer header is a wrong file.
    private const long MaxHeaderBytes = 100_000_000;

    // Bits per element of the formats whose sizes are checked; only F32, F16 and BF16 can be asked for.
    private static readonly Dictionary<string, int> ElementBits = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E8M0"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["I64"] = 64,
        ["U64"] = 64,
        ["F64"] = 64,
        ["C64"] = 64,
    };

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly byte* _start;
    private readonly byte* _data;
    private bool _disposed;

    private SafetensorsFile(string path, FileStream stream)
    {
        Path = path;
        long length = stream.Length;
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            long headerLength = HeaderLength(path, length, new ReadOnlySpan<byte>(_start, 8));
            _data = _start + 8 + headerLength;
            _entries = ReadHeader(path, new ReadOnlySpan<byte>(_start + 8, (int)headerLength).ToArray(), length - 8 - headerLength);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>The names of its tensors.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Maps the file and checks its header; the tensors' bytes are read by the system when they are first touched.</summary>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path)) throw new ModelLoadException($"{path} does not exist.");

        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length < 8)
            {
                throw new ModelLoadException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path} has {stream.Length} bytes, too few for a safetensors file: it is truncated or empty."));
            }

            return new SafetensorsFile(path, stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new ModelLoadException($"{path} cannot be read: {error.Message}", error);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file lists a tensor of that name, of whatever number format.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>The tensor of that name; a <see cref="ModelLoadException"/> where its number format is none of F32, F16 and BF16.</summary>
    public bool TryGet(string name, out WeightTensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_entries.TryGetValue(name, out var entry))
        {
            tensor = default;
            return false;
        }

        var type = entry.Type switch
        {
            "F32" => WeightType.F32,
            "F16" => WeightType.F16,
            "BF16" => WeightType.BF16,
            _ => throw new ModelLoadException($"{Path}: tensor \"{name}\" is {entry.Type}; supported are F32, F16 and BF16."),
        };
        tensor = new WeightTensor(name, type, entry.Shape, _data + entry.Begin);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static long HeaderLength(string path, long fileLength, ReadOnlySpan<byte> first)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(first);
        if (length > (ulong)(fileLength - 8))
        {
            throw new ModelLoadException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} announces a header of {length} bytes but has only {fileLength - 8} more: it is truncated or no safetensors file."));
        }

        if (length > MaxHeaderBytes)
        {
            throw new ModelLoadException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path} announces a header of {length} bytes; a safetensors header has at most {MaxHeaderBytes}."));
        }

        return (long)length;
    }

    private static Dictionary<string, SafetensorsEntry> ReadHeader(string path, byte[] header, long dataLength)
    {
        var section = JsonSection.Parse($"{path} (header)", header);
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (var (name, value) in section.Members())
        {
            if (name == "__metadata__") continue;
            var entry = ReadEntry(section, path, name, value, dataLength);
            if (!entries.TryAdd(name, entry)) throw new ModelLoadException($"{path} lists tensor \"{name}\" twice.");
        }

        CheckRanges(path, entries, dataLength);
        return entries;
    }

    private static SafetensorsEntry ReadEntry(JsonSection header, string path, string name, JsonElement value, long dataLength)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shapeList) || !TryLongs(shapeList, out long[] shape)
            || !value.TryGetProperty("data_offsets", out var offsetList) || !TryLongs(offsetList, out long[] offsets)
            || offsets.Length != 2)
        {
            throw new ModelLoadException(
                $"{path}: the header entry of tensor \"{name}\" must have a dtype, a shape and two data_offsets, but is {JsonSection.Describe(value)}.");
        }

        string type = header.Text(name, dtype);
        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > dataLength)
        {
            throw new ModelLoadException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: tensor \"{name}\" lies at bytes {begin} to {end} of the data, but the file has {dataLength} bytes of data: it is truncated or damaged."));
        }

        if (ElementBits.TryGetValue(type, out int bits))
        {
            // A product beyond 128 bits cannot be reached: each size is below 2^63 and the loop stops above any file's length.
            UInt128 wanted = (UInt128)(bits / 8);
            foreach (long size in shape)
            {
                wanted *= (UInt128)size;
                if (wanted > long.MaxValue) break;
            }

            if (wanted != (UInt128)(end - begin))
            {
                throw new ModelLoadException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: tensor \"{name}\" of shape [{string.Join(", ", shape)}] in {type} has {end - begin} bytes, which does not match its shape."));
            }
        }

        return new SafetensorsEntry(type, shape, begin, end);
    }

    private static void CheckRanges(string path, Dictionary<string, SafetensorsEntry> entries, long dataLength)
    {
        long cursor = 0;
        string previous = "";
        foreach (var (name, entry) in entries.OrderBy(pair => pair.Value.Begin).ThenBy(pair => pair.Value.End))
        {
            if (entry.Begin < cursor) throw new ModelLoadException($"{path}: tensors \"{previous}\" and \"{name}\" overlap.");
            if (entry.Begin > cursor)
            {
                throw new ModelLoadException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{path}: bytes {cursor} to {entry.Begin} of the data, before tensor \"{name}\", belong to no tensor: the file is damaged."));
            }

            cursor = entry.End;
            previous = name;
        }

        if (cursor != dataLength)
        {
            throw new ModelLoadException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: the last {dataLength - cursor} bytes belong to no tensor: the file is damaged."));
        }
    }

    private static bool TryLongs(JsonElement list, out long[] numbers)
    {
        numbers = [];
        if (list.ValueKind != JsonValueKind.Array) return false;
        var read = new long[list.GetArrayLength()];
        int count = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out read[count]) || read[count] < 0) return false;
            count++;
        }

        numbers = read;
        return true;
    }
}
