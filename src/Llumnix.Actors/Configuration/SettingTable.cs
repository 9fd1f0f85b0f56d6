namespace Llumnix.Actors.Configuration;

/// <summary>Settings by key, later ones over earlier ones.</summary>
internal sealed class SettingTable
{
    private readonly Dictionary<string, Setting> _settings = new(StringComparer.Ordinal);

    public IEnumerable<Setting> All => _settings.Values;

    public Setting? Find(string key) => _settings.GetValueOrDefault(key);

    /// <summary>
    /// Puts a setting over what is there. Under <c>akka</c> a value replaces a section and a section a value, as in HOCON; elsewhere both
    /// stay, and whoever reads the table refuses the one that has no business there.
    /// </summary>
    public void Put(Setting setting)
    {
        if (setting.Path[0] == AkkaSettings.Root)
        {
            foreach (string key in _settings.Keys.Where(key => IsWithin(key, setting.Key) || IsWithin(setting.Key, key)).ToList())
            {
                if (setting.Text is not null || setting.Items is not null || !IsWithin(key, setting.Key)) _settings.Remove(key);
            }
        }

        _settings[setting.Key] = setting;
    }

    private static bool IsWithin(string key, string section) =>
        key.Length > section.Length && key[section.Length] == '.' && key.StartsWith(section, StringComparison.Ordinal);
}
