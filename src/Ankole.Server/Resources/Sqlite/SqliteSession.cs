using Microsoft.Data.Sqlite;

namespace Ankole.Server;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    /// <summary>The statement with its parameters set; <paramref name="parameters"/> are named <c>$1</c>, <c>$2</c> … in the text.</summary>
    public SqliteCommand Command(string sql, params ReadOnlySpan<object?> parameters)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            prepared.Add(sql, command);
        }
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i] ?? DBNull.Value;
        return command;
    }

    public void Execute(string sql, params ReadOnlySpan<object?> parameters) => Command(sql, parameters).ExecuteNonQuery();

    /// <summary>The first column of the first row; 0 when there is none.</summary>
    public long Scalar(string sql, params ReadOnlySpan<object?> parameters) => Command(sql, parameters).ExecuteScalar() is long value ? value : 0;

    /// <summary>SQLite ends a transaction by itself after some errors (a full disk).</summary>
    public void RollBackIfOpen()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
            Execute("ROLLBACK");
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
            command.Dispose();
        connection.Dispose();
    }
}
