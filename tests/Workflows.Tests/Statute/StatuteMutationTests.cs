using System.Diagnostics;
using System.Globalization;
using System.Text;
using Workflows.Statute;
using Workflows.Tests.Architecture;

namespace Workflows.Tests.Statute;

/// <summary>
/// Breaks every shipped procedure in one place at a time: where the catalogue of procedures forbids it, the guard must
/// see it; where an office may adapt, it must not. The result is docs/statute-mutations.md.
/// </summary>
public sealed class StatuteMutationTests(ITestOutputHelper output)
{
    const double KilledMin = 0.95;

    static readonly Dictionary<string, Named> Catalogue = new(StringComparer.Ordinal)
    {
        // P01, G1, G2, G6.
        ["family-support"] = new()
        {
            Steps = ["intake", "interview-analysis", "assistant-assignment", "family-work", "ending", "monitoring"],
            LeadTo = ["conclusion > assistant-assignment", "assignment-result > family-work", "assignment-result > ending",
                "monitoring-result > note-renewed-need"],
            KeepFrom = ["conclusion > assistant-assignment", "assignment-result > family-work", "ending-result > family-work",
                "ending-result > ended-without-monitoring"],
            Properties = ["note-renewed-need: receivedAt"],
        },
        // Registering with time; triage for danger; the three sources; triage time only shorter.
        ["intake"] = new()
        {
            Steps = ["register-report", "triage-report"],
            SomeSteps = ["start-child-safety-intervention", "name-social-worker"],
            LeadTo = ["child-in-danger > start-child-safety-intervention"],
            Fields = ["register-report: receivedAt*, channel, reporterType", "triage-report: childInDanger*, intakeEntry*",
                "name-social-worker: socialWorker*"],
            Rows = ["intake-route: 4, 5, 6"],
            Answers = ["intake-route: 4, 5, 6"],
            Terms = ["triage-report"],
        },
        // Interview before analysis, analysis before request; the two terms; the social worker as author; recording of refusal.
        ["interview-analysis"] = new()
        {
            Steps = ["conduct-interview", "analyse-situation", "interview-term"],
            SomeSteps = ["record-refusal", "start-child-safety", "start-child-safety-after-refusal"],
            LeadTo = ["interview-outcome > gather-information", "conclusion > assistant-needed", "conclusion > start-child-safety",
                "refusal-outcome > start-child-safety-after-refusal"],
            KeepFrom = ["interview-outcome > gather-information", "conclusion > assistant-needed"],
            Roles = ["conduct-interview", "analyse-situation", "record-refusal", "arrange-visit"],
            Fields =
            [
                "conduct-interview: interviewOutcome*, interviewDate*, findings, childSituation, signWorker.person",
                "analyse-situation: criteria, crisisCauses, environment, strengths, needs, reasons, sign.person, riskToChild*, assistantNeeded*",
                "record-refusal: refusalDate, note, childAtRisk*",
            ],
            Rows = ["interview-term: 1, 2, 3", "conclusion-route: 1, 2, 3"],
            Answers = ["interview-term: 1, 2, 3", "conclusion-route: 1, 2, 3"],
        },
        // Request by a social worker, action of the head, limit check at assignment and reassignment, consent.
        ["assistant-assignment"] = new()
        {
            Steps = ["take-consent", "request-assistant", "decide-assignment", "propose-assistant"],
            SomeSteps = ["record-consent-withdrawal"],
            LeadTo = ["consent > request-assistant", "request-complete > request-accepted", "request-renewed > request-accepted",
                "family-agrees > assigned"],
            KeepFrom = ["consent > request-assistant", "request-complete > request-accepted", "request-renewed > request-accepted",
                "family-agrees > assigned"],
            Roles = ["request-assistant", "decide-assignment"],
            Fields =
            [
                "take-consent: consentGiven*, scope, form, consentDate, sign.person", "request-assistant: reasons, goalsProposed, sign.person",
                "decide-assignment: assignmentPath*, assistant*", "propose-assistant: activeFamilies, limit",
            ],
            Properties = ["decide-assignment: takesPlace", "take-consent: assignment"],
            Events = ["consent-withdrawn"],
        },
        // Plan with the contents of G4; the family's part; consultation; visit documentation; danger flag; G1, G5.
        ["family-work"] = new()
        {
            Steps = ["draft-plan", "consult-plan", "plan-completeness", "sign-plan", "record-visit", "half-year-assessment"],
            SomeSteps = ["start-child-safety-intervention", "record-consent-withdrawal"],
            LeadTo = ["safety-concern > start-child-safety-intervention"],
            KeepFrom = ["plan-ready > sign-plan", "assessment-decision > end-decided"],
            Forks = ["work-tracks"],
            Roles = ["draft-plan", "consult-plan", "sign-plan", "record-visit"],
            Fields =
            [
                "draft-plan: overallGoal, actions.description, actions.due, actions.expectedEffect, everyActionHasTerm*, "
                    + "everyActionHasEffect*, familyTookPart*",
                "sign-plan: overallGoal, actions.description, actions.due, actions.expectedEffect, participants.person, "
                    + "signFamily.person, signAssistant.person, consultation.socialWorker, consultation.date, consultation.opinion",
                "consult-plan: consultationOutcome*, consultedOn, consultant, opinion",
                "record-visit: visitStart, visitEnd, place, signAssistant.person, topics, doneSinceLast, safetyConcern*",
            ],
            Rows = ["plan-completeness: 1"],
            Answers = ["plan-completeness: 1"],
            Properties = ["timer assessment-window: dueDate", "half-year-assessment: lastAssessmentAt"],
            Events = ["consent-withdrawn"],
        },
        // The timer and its upper bound; handover to the employer.
        ["half-year-assessment"] = new()
        {
            Steps = ["write-assessment", "hand-over-assessment", "restart-half-year"],
            SomeSteps = ["start-intervention", "start-intervention-by-head"],
            LeadTo = ["danger-in-assessment > start-intervention", "assessment-outcome > intervention-running"],
            Roles = ["write-assessment", "hand-over-assessment"],
            Fields =
            [
                "write-assessment: assessedOn*, safety*, childrenSituation, familyView, conclusion, sign.person",
                "hand-over-assessment: handedTo, handedOn",
            ],
            Properties = ["restart-half-year: lastAssessmentAt"],
            Rows = ["assessment-route: 1"],
            Answers = ["assessment-route: 1"],
            Forks = ["assessment-written"],
        },
        // Final assessment, court gateway, start of P07, recorded ground.
        ["ending"] = new()
        {
            Steps = ["write-final-assessment", "decide-ending"],
            SomeSteps = ["report-to-court", "respond-to-risk", "start-intervention", "start-intervention-while-waiting", "visit-while-waiting"],
            LeadTo = ["court-order-in-force > report-to-court", "intervention-chosen > start-intervention", "child-at-risk > respond-to-risk",
                "safe-while-waiting > start-intervention-while-waiting"],
            KeepFrom = ["order-lifted > court-gate-passed", "monitoring-possible > ended-without-monitoring",
                "ending-decided > sign-end-letter"],
            Roles = ["write-final-assessment"],
            Fields =
            [
                "write-final-assessment: endGround*, courtOrder*, childrenSituation, reasons, sign.person, childAtRisk*",
                "sign-end-letter: ground, reasons, finalAssessment", "report-to-court: court, sentOn, proof",
                "register-court-answer: courtDecision*",
            ],
            Rows = ["ending-consequences: 7"],
            Answers = ["ending-consequences: 1, 2, 3, 4, 7"],
            Properties = ["judge-consequences: monitoringPossible"],
        },
        // At least one monitoring contact and a summary.
        ["monitoring"] = new()
        {
            Steps = ["contact-family", "write-summary"],
            SomeSteps = ["start-intervention", "note-relapse"],
            LeadTo = ["danger-found > start-intervention", "monitoring-result > note-relapse"],
            Roles = ["contact-family", "repeat-contact", "write-summary"],
            Fields =
            [
                "contact-family: contactedOn*, contactConclusion*, careOfChildren, risks",
                "write-summary: date, summary, result, sign.person",
            ],
            Rows = ["monitoring-outcome: 2"],
            Answers = ["monitoring-outcome: 2"],
            Properties = ["note-relapse: needKnownAt"],
        },
        // Three-person decision, social worker as decider, 24-hour clock, instruction, startable without approval, independence.
        ["child-safety-intervention"] = new()
        {
            Steps = ["secure-child", "raise-alert", "assess-threat", "record-removal", "notify-court-of-removal", "instruct-parents"],
            SomeSteps = ["decide-removal", "notify-prosecution", "notify-guardianship-court", "start-blue-card", "confirm-unfounded"],
            LeadTo = ["threat-by-violence > decide-removal", "removal-decided > record-removal", "crime-suspected > notify-prosecution",
                "court-must-know > notify-guardianship-court", "domestic-violence > start-blue-card", "threat-confirmed > four-questions"],
            KeepFrom = ["removal-decided > record-removal", "unfounded-confirmed > unfounded"],
            Forks = ["act-at-once", "four-questions", "after-removal"],
            Roles = ["assess-threat", "decide-removal", "record-removal", "notify-court-of-removal", "instruct-parents", "start-blue-card"],
            Fields =
            [
                "assess-threat: threatConfirmed*, domesticViolenceThreat*, crimeSuspected*, courtMustKnow*, domesticViolenceSuspected*",
                "decide-removal: filledBy.socialWorker, filledBy.police, filledBy.medic, removalDecision*, factors.code, at",
                "record-removal: removedAt*, decidedBy.socialWorker, decidedBy.police, decidedBy.medic, signSocialWorker.person, "
                    + "signPolice.person, signMedic.person",
                "notify-court-of-removal: court, sentAt, facts, proof", "instruct-parents: givenAt, givenBy, content",
                "notify-prosecution: at, facts, proof", "notify-guardianship-court: sentAt, facts, motion, proof",
            ],
            Properties = ["child-safety-intervention: startableBy"],
        },
        // Checks, opinion, establishment, competence, authorisation number, contract before payment, two-person approval.
        ["supporting-family"] = new()
        {
            Steps = ["record-consent", "check-adult", "judge-check", "interview-candidate", "give-opinion", "confirm-help", "approve-claim"],
            SomeSteps = ["checks", "establish-by-mayor", "establish-by-head", "sign-contract-by-mayor", "sign-contract-by-head"],
            KeepFrom = ["family-agrees > register-candidate", "any-hit > date-of-oldest-proof", "opinion-known > before-establishment",
                "opinion-positive > before-establishment", "head-authorised > establish-by-head", "established > who-signs",
                "who-signs > sign-contract-by-head", "help-confirmed > approve-claim", "claim-approved > pay-claim",
                "who-terminates > terminate-by-head"],
            Roles = ["interview-candidate", "give-opinion", "establish-by-mayor", "establish-by-head", "sign-contract-by-mayor",
                "sign-contract-by-head", "confirm-help", "approve-claim", "pay-claim", "terminate-by-mayor", "terminate-by-head"],
            Fields =
            [
                "record-consent: consentGiven*", "register-candidate: adultsCount*",
                "check-adult: krkResult*, rsptsResult*, commissionResult*, person, krkFile, rsptsFile, commissionFile",
                "give-opinion: opinionPositive*, headAuthorised*, reasons, interview, sign.person",
                "establish-by-head: authorisationNo, competenceByResidence", "establish-by-mayor: competenceByResidence",
                "sign-contract-by-mayor: costRules, settlement, notice",
            ],
            Rows = ["check-result: 1, 2, 3"],
            Answers = ["check-result: 1, 2, 3"],
        },
        // The office's own affairs: nothing of them is in the catalogue.
        ["case-migration"] = new(),
        ["delivery-problem"] = new(),
    };

    [Fact]
    public void Catalogue_HasEveryShippedProcedure() =>
        Assert.Equal(ShippedBooks.Names, Catalogue.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Guard_OfMutants_KillsWhatTheCatalogueNamesAndNothingElse()
    {
        var watch = Stopwatch.StartNew();
        var judged = Catalogue.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .SelectMany(entry => Judged(entry.Key, entry.Value)).ToList();
        output.WriteLine($"{judged.Count} mutants in {watch.ElapsedMilliseconds} ms");
        var counted = judged.Where(one => one.Mutant.Counts).ToList();
        var killed = counted.Count(one => one.IsKilled);
        var alarms = judged.Where(one => !one.Mutant.Counts && one.IsKilled).Select(one => $"false alarm: {Row(one.Mutant)}").ToList();
        Compare(Document(judged));
        Assert.True(alarms.Count == 0, string.Join('\n', alarms));
        Assert.True(killed >= KilledMin * counted.Count, $"{killed} of {counted.Count} killed");
    }

    static IEnumerable<(Mutant Mutant, bool IsKilled)> Judged(string name, Named named)
    {
        var book = ShippedBooks.Book(name);
        foreach (var mutant in new MutantMaker(name, named).All())
        {
            // What cannot be read at all is no procedure and is not published.
            if (Procedure.Read(mutant.Files).Procedure is not { } read) continue;
            yield return (mutant, !Guard.Check(read, book, null).Holds);
        }
    }

    [Fact]
    public void Repair_OfOneMutantOfEachKind_MakesItsRulesHold()
    {
        var mutants = Catalogue.SelectMany(entry => new MutantMaker(entry.Key, entry.Value).All()).Where(one => one.Counts)
            .GroupBy(one => one.Kind, StringComparer.Ordinal).SelectMany(kind => new[] { kind.First(), kind.Last() }.Distinct());
        var (repaired, wholesale) = (0, 0);
        foreach (var mutant in mutants)
        {
            var (book, shipped) = (ShippedBooks.Book(mutant.Process), ShippedBooks.Read(mutant.Process));
            var report = Guard.Check(Procedure.Read(mutant.Files).Procedure!, book, shipped);
            foreach (var broken in report.Findings.Where(finding => !finding.Holds))
            {
                Assert.True(broken.Repair is not null, $"{Row(mutant)}: {broken.RuleId} has no repair");
                var after = Guard.Check(Procedure.Read(Repairs.Apply(mutant.Files, broken.Repair)).Procedure!, book, null);
                Assert.True(after.Findings.Single(finding => finding.RuleId == broken.RuleId).Holds, $"{Row(mutant)}: {broken.RuleId}");
                repaired++;
                if (!broken.Repair.Text.Contains("cały diagram", StringComparison.Ordinal)) continue;
                wholesale++;
                output.WriteLine($"whole diagram: {Row(mutant)}: {broken.RuleId}");
            }
        }
        output.WriteLine($"{repaired} repairs, {wholesale} of them the whole diagram");
        Assert.InRange(wholesale, 0, repaired / 10);
    }

    static string Row(Mutant mutant) => $"{mutant.Process} | {mutant.Kind} | {mutant.Place}";

    static string Document(List<(Mutant Mutant, bool IsKilled)> judged)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Mutation run of the guard

            Written by `StatuteMutationTests` (`UPDATE_DOCS=1` writes, otherwise the test compares and fails). Every shipped procedure is
            changed in one place at a time. A mutant counts when it breaks what the catalogue of procedures names ("Never remove",
            statutory and court terms, the general rules G1 to G12); the list stands in the test and is not taken from the books. A way that
            must be taken counts when it is taken less often, one that must not be taken when it is taken more often: more care than the law
            asks for breaks nothing. Other mutants change what an office may adapt; the guard must let them pass.


            """);
        var counted = judged.Where(one => one.Mutant.Counts).ToList();
        var allowed = judged.Where(one => !one.Mutant.Counts).ToList();
        text.Append(CultureInfo.InvariantCulture, $"Killed: {counted.Count(one => one.IsKilled)} / {counted.Count}. ");
        text.Append(CultureInfo.InvariantCulture, $"False alarms: {allowed.Count(one => one.IsKilled)} / {allowed.Count}.\n\n");
        Table(text, "procedure", judged.GroupBy(one => one.Mutant.Process, StringComparer.Ordinal));
        Table(text, "change", judged.GroupBy(one => one.Mutant.Kind, StringComparer.Ordinal));
        text.Append("## Survivors\n\n");
        foreach (var (mutant, _) in counted.Where(one => !one.IsKilled)) text.Append(CultureInfo.InvariantCulture, $"- {Row(mutant)}\n");
        if (counted.TrueForAll(one => one.IsKilled)) text.Append("None.\n");
        return text.Replace("\r", "").ToString();
    }

    static void Table(StringBuilder text, string head, IEnumerable<IGrouping<string, (Mutant Mutant, bool IsKilled)>> groups)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {head} | killed | counted | false alarms | allowed |\n| --- | --- | --- | --- | --- |\n");
        foreach (var group in groups.OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var (counted, allowed) = (group.Where(one => one.Mutant.Counts).ToList(), group.Where(one => !one.Mutant.Counts).ToList());
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key} | {counted.Count(one => one.IsKilled)} | {counted.Count} ");
            text.Append(CultureInfo.InvariantCulture, $"| {allowed.Count(one => one.IsKilled)} | {allowed.Count} |\n");
        }
        text.Append('\n');
    }

    static void Compare(string document)
    {
        var file = Path.Combine(SourceTree.Root, "docs", "statute-mutations.md");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(file, document);
        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "", document);
    }
}
