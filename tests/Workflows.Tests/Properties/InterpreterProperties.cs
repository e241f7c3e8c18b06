using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Workflows.Engine.Calendar;
using Workflows.Engine.Execution;
using Workflows.Tests.Support;

namespace Workflows.Tests.Properties;

/// <summary>
/// Random processes walked along a random legal path. After every step: folded history = state, a JSON round trip
/// changes nothing, the same input gives the same bytes, a repeated command changes nothing, going over to the same
/// diagram in a new version (and back) changes nothing; and every walk ends with a pruned state and is walked once more
/// by a backtest.
/// </summary>
public sealed class InterpreterProperties
{
    const int WalksMax = 150;
    const int StepsMax = 2_000;
    const int MigrationEvery = 10;

    [Fact]
    public void RandomProcess_RandomLegalPath_EndsAndKeepsEveryInvariant() => Prop
        .ForAll(ArbMap.Default.ArbFor<DoNotSize<int>>(), seed => new Walk(seed.Item).ToItsEnd())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(WalksMax));

    sealed class Walk
    {
        readonly int seed;
        readonly Random random;
        readonly RandomProcess process;
        readonly Sim sim;

        public Walk(int seed)
        {
            this.seed = seed;
            random = new Random(seed);
            process = new RandomProcess(seed);
            sim = Sim.Of(process.Main.Elements, process.Main.Flows, process.Messages)
                .With(process.Child.Elements, process.Child.Flows, process.Messages, "child");
        }

        public void ToItsEnd()
        {
            sim.Run("""{"x": 0, "caseNo": "A"}""");
            for (var step = 0; step < StepsMax; step++)
            {
                CheckStates();
                if (Choose() is not { } act) break;
                act();
                if (random.Next(MigrationEvery) == 0) GoOver();
            }
            var left = sim.Simulation.Instances.Values.Where(i => i.State == InstanceState.Active).ToArray();
            Assert.True(left.Length == 0, $"Seed {seed}: not ended.\n{sim.Story}");
            Assert.All(sim.Simulation.Instances.Values, i => Assert.True(
                i.Elements.IsEmpty && i.UserTasks.IsEmpty && i.Jobs.IsEmpty && i.Timers.IsEmpty
                && i.Subscriptions.IsEmpty && i.Tokens.IsEmpty && i.Incidents.IsEmpty,
                $"Seed {seed}: instance {i.Key} is not pruned.\n{sim.Story}"));
            Assert.All(sim.Simulation.Instances.Values, CheckReplay);
        }

        // The same definition over its own facts: the same way, task by task, to the same end.
        void CheckReplay(ProcessInstance instance)
        {
            var facts = sim.Facts(instance.Key);
            var replay = Backtest.Play(facts, sim.Simulation.ReleaseOf(instance));
            var told = $"Seed {seed}, instance {instance.Key}, {replay.Unfinished}\n" +
                $"{string.Join(' ', facts.Trace.Path)}\n{string.Join(' ', replay.Trace.Path)}\n{sim.Story}";
            Assert.True(replay.Unfinished is null && facts.Trace.Path.SequenceEqual(replay.Trace.Path), told);
            Assert.True(
                facts.Trace.Tasks.Select(Words).SequenceEqual(replay.Trace.Tasks.Select(Words)), told);
        }

        static string Words(TaskSeen task) => $"{task.Place} {task.Name} {task.DueDate:O} {task.IsAnswered}";

        Action? Choose()
        {
            var acts = new List<Action>();
            foreach (var instance in sim.Simulation.Instances.Values.Where(i => i.State == InstanceState.Active))
            {
                foreach (var task in instance.UserTasks.Keys) acts.Add(() => Do(instance, new CompleteUserTask(task, [])));
                foreach (var job in instance.Jobs.Keys) acts.Add(() => Do(instance, new CompleteJob(job, [])));
                foreach (var wait in instance.Subscriptions.Values)
                    acts.Add(() => Do(instance, new CorrelateMessage(wait.Key, 1, [])));
            }
            if (sim.Simulation.NextDueAt is { } due) acts.Add(() => sim.Simulation.AdvanceTo(due));
            return acts.Count == 0 ? null : acts[random.Next(acts.Count)];
        }

        void GoOver()
        {
            var active = sim.Simulation.Instances.Values.Where(i => i.State == InstanceState.Active).ToArray();
            if (active.Length == 0) return;
            var before = active[random.Next(active.Length)];
            sim.With(process.Main.Elements, process.Main.Flows, process.Messages)
                .With(process.Child.Elements, process.Child.Flows, process.Messages, "child");
            var same = sim.Simulation.DefinitionOf(before).Nodes.Keys
                .ToImmutableSortedDictionary(id => id, id => id, StringComparer.Ordinal);
            Assert.IsType<StepResult.Accepted>(sim.Simulation.Migrate(before.Key, same));
            var after = sim.Simulation.Instances[before.Key];
            Assert.Equal(
                Text(EngineJson.Write(before)),
                Text(EngineJson.Write(after with { DefinitionKey = before.DefinitionKey, Version = before.Version })));
            if (random.Next(2) == 0) return;
            Assert.IsType<StepResult.Accepted>(sim.Simulation.UndoMigration(
                before.Key, new UndoMigration(before, [], Migration.HashOf(after))));
            Assert.Equal(Text(EngineJson.Write(before)), Text(EngineJson.Write(sim.Simulation.Instances[before.Key])));
        }

        void Do(ProcessInstance before, Command command)
        {
            var release = sim.Simulation.ReleaseOf(before);
            var envelope = new CommandEnvelope("c", "tester", sim.Simulation.Now, new(1_000_000, 5_000), command);
            var once = Interpreter.Execute(release, before, envelope);
            var again = Interpreter.Execute(release, before, envelope);
            var accepted = Assert.IsType<StepResult.Accepted>(once);
            Assert.Equal(Bytes(accepted), Bytes(Assert.IsType<StepResult.Accepted>(again)));
            Assert.IsType<StepResult.Accepted>(sim.Simulation.Execute(before.Key, command));

            // The same wish again, after it was granted, is refused and changes nothing (a message may be awaited
            // twice).
            var after = sim.Simulation.Instances[before.Key];
            if (command is CorrelateMessage) return;
            Assert.IsType<StepResult.Rejected>(Interpreter.Execute(release, after, envelope));
        }

        void CheckStates()
        {
            foreach (var instance in sim.Simulation.Instances.Values)
            {
                var bytes = EngineJson.Write(instance);
                Assert.Equal(Text(bytes), Text(EngineJson.Write(EngineJson.ReadInstance(bytes))));
                var history = sim.Simulation.History.Where(h => h.InstanceKey == instance.Key).Select(h => h.Event);
                var stored = EngineJson.ReadHistory(EngineJson.Write([.. history]));
                Assert.Equal(Text(bytes), Text(EngineJson.Write(Apply.Fold(stored))));
            }
        }

        static string Bytes(StepResult.Accepted accepted) =>
            Text(EngineJson.Write(accepted.Instance)) + Text(EngineJson.Write(accepted.History));

        static string Text(byte[] utf8) => System.Text.Encoding.UTF8.GetString(utf8);
    }
}
