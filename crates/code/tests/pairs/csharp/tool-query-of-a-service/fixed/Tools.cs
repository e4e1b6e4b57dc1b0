using System.ComponentModel;
using Dapper;
using ModelContextProtocol.Server;
using Npgsql;

namespace Example;

[McpServerToolType]
public class OrderTools(OrderStore store)
{
    [McpServerTool, Description("Finds the orders of a customer")]
    public Task<IEnumerable<Order>> Find(string customer) => store.Find(customer);
}

public class OrderStore(NpgsqlConnection connection)
{
    public Task<IEnumerable<Order>> Find(string customer)
    {
        return connection.QueryAsync<Order>("select * from orders where customer = @customer", new { customer });
    }
}
