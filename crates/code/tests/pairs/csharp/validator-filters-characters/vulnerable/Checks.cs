namespace Acme.Checks;

public static class Checks
{
    public static void Validate(string command, string[] args)
    {
        if (command.Length == 0)
        {
            throw new ArgumentException("no command");
        }
    }
}
