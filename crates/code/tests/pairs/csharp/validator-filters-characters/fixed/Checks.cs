namespace Acme.Checks;

public static class Checks
{
    private static readonly string[] Allowed = ["npx", "uvx"];
    private static readonly char[] Refused = [';', '&', '|', '`'];

    public static void Validate(string command, string[] args)
    {
        if (!Allowed.Contains(command))
        {
            throw new ArgumentException("command is not allowed");
        }
        foreach (var arg in args)
        {
            if (arg.IndexOfAny(Refused) >= 0 || arg.Contains("&&"))
            {
                throw new ArgumentException("argument is refused");
            }
        }
    }
}
