using System.Text;

namespace Ankole.Control.Tests.Resources;

public sealed class ControlJsonTests
{
    public static TheoryData<string> KindNames() => new(Kinds.All.Select(kind => kind.Kind));

    [Theory]
    [MemberData(nameof(KindNames))]
    public void What_is_left_out_is_as_in_a_new_resource(string name)
    {
        var kind = Kinds.All.Single(kind => kind.Kind == name);
        var expected = Encoding.UTF8.GetString(kind.ToJson((Resource)Activator.CreateInstance(kind.Type)!));
        Assert.Equal(expected, Encoding.UTF8.GetString(kind.ToJson(kind.Parse("{}"u8))));
        var parsed = kind.Parse("""{"metadata":{"name":"a"}}"""u8);
        Assert.Empty(parsed.Metadata.Labels);
        Assert.Empty(parsed.Metadata.OwnerReferences);
    }

    /// <summary>A source-generated reader sets what is left out of JSON to null where a property is <c>init</c>, and lets the initial value be where it is <c>set</c>.</summary>
    [Theory]
    [MemberData(nameof(KindNames))]
    public void No_property_of_a_resource_loses_its_initial_value_to_the_reader(string name)
    {
        var found = new List<string>();
        foreach (var type in RecordsIn(Kinds.All.Single(kind => kind.Kind == name).Type, []))
            found.AddRange(
                from property in type.GetProperties()
                where property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)) == true
                where !type.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.Name == property.Name))
                select $"{type.Name}.{property.Name}");
        Assert.Empty(found);
    }

    private static HashSet<Type> RecordsIn(Type type, HashSet<Type> found)
    {
        if (type.IsGenericType)
            foreach (var argument in type.GetGenericArguments())
                RecordsIn(argument, found);
        else if (type.Assembly == typeof(Resource).Assembly && type.IsClass && found.Add(type))
            foreach (var property in type.GetProperties())
                RecordsIn(property.PropertyType, found);
        return found;
    }

    [Fact]
    public void Null_counts_as_left_out()
    {
        var volume = (VolumeResource)Kinds.Volume.Parse("""{"metadata":{"name":"a","labels":null},"spec":{"size":null,"recurringJobs":null},"status":null}"""u8);
        Assert.Empty(volume.Metadata.Labels);
        Assert.Equal("", volume.Spec.Size);
        Assert.Empty(volume.Spec.RecurringJobs);
        Assert.Equal("", volume.Status.State);
    }

    [Fact]
    public void What_is_empty_is_left_out_and_comes_back_empty()
    {
        var volume = new VolumeResource
        {
            Status = new VolumeStatus { Conditions = [new Condition("Ready", Condition.True, "", "")], RecurringJobs = [new EffectiveJob("snap", true, [])] },
        };
        var read = (VolumeResource)Kinds.Volume.Parse(Kinds.Volume.ToJson(volume));
        Assert.Equal("", read.Status.Conditions[0].Message);
        Assert.Empty(read.Status.RecurringJobs[0].FromGroups);
    }
}
