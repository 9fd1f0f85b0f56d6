using System.Globalization;
using System.Text;

namespace Llumnix.Actors.Configuration;

/// <summary>
/// Reads HOCON strictly, with line numbers: sections, lists of plain values, quoted, triple-quoted and unquoted values, comments.
/// Substitutions, includes and appending are refused. Akka's own parser accepts an unclosed brace, drops what stands after one too
/// many, and knows no lines; a typing error must not silently lose half a file.
/// </summary>
internal sealed class HoconReader
{
    private const string MustBeQuoted = "$\"{[]:=+`^?!@*&\\";

    private readonly string _text;
    private readonly string? _source;
    private readonly string _folder;
    private readonly List<Setting> _settings = [];
    private int _position;
    private int _line = 1;

    private HoconReader(string text, string? source, string folder)
    {
        _text = text;
        _source = source;
        _folder = folder;
    }

    /// <summary>All settings of a file's text, in its order; empty sections are settings without a value.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="source">The file's name for sentences.</param>
    /// <param name="folder">The folder it lies in.</param>
    /// <exception cref="ConfigurationException">The text is not such HOCON; the sentence names file and line.</exception>
    public static IReadOnlyList<Setting> Read(string text, string source, string folder)
    {
        var reader = new HoconReader(text, source, folder);
        reader.SkipSpace(newLines: true);
        if (reader.Peek() == '{')
        {
            reader._position++;
            reader.ReadMembers([], closedBy: '}', openedAt: reader._line);
            reader.SkipSpace(newLines: true);
            if (!reader.AtEnd) throw reader.Error($"{reader.Found()} stands after the closing brace of the whole file");
        }
        else
        {
            reader.ReadMembers([], closedBy: null, openedAt: 1);
        }

        return reader._settings;
    }

    /// <summary>One setting from a key and a value that stand apart, as on a command line: a list in brackets, else a plain text.</summary>
    /// <exception cref="ConfigurationException">The key is no path, or the value starts as a list or a quoted text and is none.</exception>
    public static Setting ReadPair(string key, string value, SettingOrigin origin)
    {
        var keyReader = new HoconReader(key.Trim(), null, origin.Folder);
        List<string> path;
        try
        {
            path = keyReader.ReadPath();
            if (!keyReader.AtEnd) throw keyReader.Error($"{keyReader.Found()} stands after it");
        }
        catch (ConfigurationException e)
        {
            throw new ConfigurationException($"\"{key}\" ({origin}) is no key; a key is words with dots between them, such as llumnix.engine.device.", e);
        }

        string trimmed = value.Trim();
        if (trimmed.StartsWith('{'))
            throw new ConfigurationException($"{key} is given a whole section ({origin}); give each of its keys on its own.");
        if (!trimmed.StartsWith('[') && !trimmed.StartsWith('"')) return new Setting(path, trimmed, null, origin);

        var reader = new HoconReader(trimmed, null, origin.Folder);
        try
        {
            var (text, items) = reader.ReadValue(key);
            reader.SkipSpace(newLines: true);
            return reader.AtEnd ? new Setting(path, text, items, origin) : throw reader.Error($"{reader.Found()} stands after the value's end");
        }
        catch (ConfigurationException e)
        {
            throw new ConfigurationException($"{key} is {value} ({origin}): {e.Message}", e);
        }
    }

    private bool AtEnd => _position >= _text.Length;

    private char Peek(int ahead = 0) => _position + ahead < _text.Length ? _text[_position + ahead] : '\0';

    private string Found() => AtEnd ? "the end" : Peek() == '\n' ? "the end of the line" : $"'{Peek()}'";

    private ConfigurationException Error(string sentence, int? line = null) =>
        new(_source is null ? $"{sentence}." : $"{_source}, line {line ?? _line}: {sentence}.");

    private void SkipSpace(bool newLines)
    {
        while (!AtEnd)
        {
            char c = Peek();
            if (c == '\n' && newLines) _line++;
            else if (c == '#' || (c == '/' && Peek(1) == '/'))
            {
                while (!AtEnd && Peek() != '\n') _position++;
                continue;
            }
            else if (c == '\n' || (!char.IsWhiteSpace(c) && c != '\uFEFF')) return;
            _position++;
        }
    }

    private void ReadMembers(IReadOnlyList<string> prefix, char? closedBy, int openedAt)
    {
        int before = _settings.Count;
        string section = prefix.Count == 0 ? "the file" : string.Join('.', prefix);
        while (true)
        {
            SkipSpace(newLines: true);
            if (Peek() == ',' && !AtEnd)
            {
                _position++;
                continue;
            }

            if (AtEnd)
            {
                if (closedBy is null) return;
                throw Error($"the brace that opens {section} in line {openedAt} is never closed");
            }

            if (Peek() == '}')
            {
                if (closedBy is null) throw Error("this '}' closes nothing; a brace too many, or one missing above");
                _position++;
                if (_settings.Count == before && prefix.Count > 0) _settings.Add(new Setting(prefix, null, null, Origin(openedAt)));
                return;
            }

            ReadMember(prefix);
        }
    }

    private void ReadMember(IReadOnlyList<string> prefix)
    {
        int line = _line;
        IReadOnlyList<string> path = [.. prefix, .. ReadPath()];
        string key = string.Join('.', path);
        SkipSpace(newLines: false);
        if (path[^1] == "include" && Peek() == '"') throw Error("include is not supported; give several --config files instead");
        if (Peek() == '+' && Peek(1) == '=') throw Error($"{key} += is not supported; write the whole list with =");
        if (Peek() is '=' or ':')
        {
            _position++;
            SkipSpace(newLines: false);
        }
        else if (Peek() != '{')
        {
            throw Error($"after the key {key} a '=' or '{{' is expected, but {Found()} stands there");
        }

        if (Peek() == '{')
        {
            _position++;
            ReadMembers(path, '}', line);
        }
        else
        {
            var (text, items) = ReadValue(key);
            _settings.Add(new Setting(path, text, items, Origin(line)));
        }

        SkipSpace(newLines: false);
        if (!AtEnd && Peek() is not ('\n' or ',' or '}')) throw Error($"{Found()} stands after the value of {key}; each key needs its own line, or a comma before it");
    }

    private SettingOrigin Origin(int line) => new($"in {_source}, line {line}", _folder);

    private List<string> ReadPath()
    {
        List<string> path = [];
        while (true)
        {
            if (Peek() == '"' && !AtEnd)
            {
                path.Add(ReadQuoted());
            }
            else
            {
                int start = _position;
                while (!AtEnd && (char.IsLetterOrDigit(Peek()) || Peek() is '_' or '-' or '/')) _position++;
                if (_position == start) throw Error($"a key is expected, but {Found()} stands there");
                path.Add(_text[start.._position]);
            }

            if (Peek() != '.') return path;
            _position++;
        }
    }

    private (string? Text, IReadOnlyList<string>? Items) ReadValue(string key)
    {
        if (Peek() != '[' || AtEnd) return (ReadScalar(key), null);

        int openedAt = _line;
        _position++;
        List<string> items = [];
        while (true)
        {
            SkipSpace(newLines: true);
            if (AtEnd) throw Error($"the list of {key} is never closed", openedAt);
            if (Peek() == ']')
            {
                _position++;
                return (null, items);
            }

            if (Peek() == ',') _position++;
            else if (Peek() is '{' or '[') throw Error($"the list of {key} may hold plain values only");
            else items.Add(ReadScalar(key));
        }
    }

    private string ReadScalar(string key)
    {
        if (Peek() == '"' && !AtEnd)
        {
            return ReadQuoted();
        }

        int start = _position;
        while (!AtEnd && Peek() is not ('\n' or ',' or '}' or ']' or '#') && !(Peek() == '/' && Peek(1) == '/'))
        {
            if (Peek() == '$' && Peek(1) == '{')
                throw Error($"{key} uses a substitution, which is not supported; write the value, or set the key by the command line or the environment");
            if (MustBeQuoted.Contains(Peek(), StringComparison.Ordinal)) throw Error($"the value of {key} has the character '{Peek()}' and must stand in double quotes");
            _position++;
        }

        string text = _text[start.._position].Trim();
        return text.Length > 0 ? text : throw Error($"{key} has no value; write \"\" for an empty one");
    }

    private string ReadQuoted()
    {
        int openedAt = _line;
        if (Peek(1) == '"' && Peek(2) == '"')
        {
            int end = _text.IndexOf("\"\"\"", _position + 3, StringComparison.Ordinal);
            if (end < 0) throw Error("the text in three double quotes is never closed");
            string raw = _text[(_position + 3)..end];
            _line += raw.AsSpan().Count('\n');
            _position = end + 3;
            return raw;
        }

        var text = new StringBuilder();
        for (_position++; ; _position++)
        {
            if (AtEnd || Peek() == '\n') throw Error("the double quote that opens a text is never closed", openedAt);
            char c = Peek();
            if (c == '"')
            {
                _position++;
                return text.ToString();
            }

            if (c != '\\')
            {
                text.Append(c);
                continue;
            }

            _position++;
            switch (Peek())
            {
                case '"' or '\\' or '/': text.Append(Peek()); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'u' when _position + 4 < _text.Length
                    && ushort.TryParse(_text.AsSpan(_position + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                    text.Append((char)code);
                    _position += 4;
                    break;
                default:
                    throw Error($"\\{Peek()} is no escape; write \\\\ for a backslash");
            }
        }
    }
}
