import Constitution
import Encoder
import Foundation
import Safeguards

/// Both stages trained without each group of sources, to see what unseen prompts meet.
struct BothStages {
    let texts: [LabelledText]
    /// What the first stage said of sources that it had not seen.
    let linear: LeaveSourcesOut
    /// The same of the heads.
    let left: HeadsLeftOut
    /// How both are summed.
    let fitter: FusionFitter
    let builder: HeadBuilder
    let model: LinearModel
    let encoder: SentenceEncoder

    /// Trains ten models; a few minutes of processor time.
    init(
        _ source: ClassifierCommand.Source, model: LinearModel, encoder: SentenceEncoder, templates: Int,
        recipe: HeadRecipe, _ bar: ProgressBar
    ) throws {
        (self.model, self.encoder) = (model, encoder)
        var recipe = recipe
        if !source.synthetic { recipe.wrapped = 0 }
        texts = try source.training()
        linear = ModelBuilder(
            texts, synthetic: source.written(), recipe: TrainingRecipe(), seed: source.seed, progress: bar.show
        ).leaveSourcesOut(progress: bar.show)
        var synthesis = Synthesis(
            constitution: ConstitutionRelease.builtIn.constitution, seed: source.seed)
        builder = HeadBuilder(
            texts, synthetic: source.synthetic ? synthesis.texts(templates) : [], encoder: encoder,
            lexicon: model.lexicon, recipe: recipe, seed: source.seed, progress: bar.show)
        left = builder.leaveSourcesOut(progress: bar.show)
        fitter = FusionFitter(texts, left.scores, linear.scores, hasUnread: left.hasUnread)
    }

    /// The figures of sources left out.
    var report: CascadeReport { CascadeReport(texts, fitter.sums, folds: FusionFitter.folds(texts)) }

    /// A page for a browser on both stages together and on the first alone.
    func page(
        _ heads: Heads, development: [LabelledText], facts: [(String, String)], budget: Double, _ bar: ProgressBar
    )
        throws -> String
    {
        let policy = try JudgementPolicy(model: model, release: .builtIn)
        let (both, first) = try measured(policy, heads, development, bar)
        let unseen =
            "every text was judged by models that had not seen its source, nor any of its family. Five models; thresholds are taken within each."
        let hidden = "Hidden texts and the load are the files', on development rows of trained sources."
        let area = String(format: "%.4f", report.area)
        return EvaluationReport.html([
            (
                "Both stages",
                EvaluationReport(
                    EvaluationSet(fitter, left, texts, budget: budget),
                    subject: "What unseen prompts meet: \(unseen) \(hidden)",
                    facts: facts + [("area under the curve, plain harm", area), ("heads", heads.note)],
                    disguised: both.disguised, loads: both.loads)
            ),
            (
                "The first stage alone",
                EvaluationReport(
                    EvaluationSet(linear, texts, budget: budget),
                    subject: "The same for the first stage: \(unseen) \(hidden)",
                    facts: [("note", model.note)], disguised: first)
            ),
        ])
    }

    /// Writes the page, and says in a line what it shows.
    func write(
        _ path: String, _ heads: Heads, source: ClassifierCommand.Source, budget: Double, _ bar: ProgressBar
    ) throws {
        let facts = [
            ("heads, SHA-256", Self.hex(heads.hash)), ("first stage, SHA-256", Self.hex(model.hash)),
            ("encoder, SHA-256", Self.hex(encoder.hash)), ("data", source.data), ("texts judged", "\(texts.count)"),
            ("seed", "\(source.seed)"), ("budget of each category", "\(budget)"),
        ]
        let html = try page(heads, development: source.development(), facts: facts, budget: budget, bar)
        bar.clear()
        guard FileManager.default.createFile(atPath: path, contents: Data(html.utf8)) else {
            throw CommandProblem("cannot write '\(path)'")
        }
        let figures = report
        let one = figures.at(falsePositives: 0.01)
        print(
            String(
                format:
                    "%@: both stages, sources left out: area %.4f, mean recall at 1 %% false positives %.3f, borderline flagged %.3f",
                path, figures.area, one.mean, one.borderline))
    }

    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    /// What disguises hide from either, and who decides.
    private func measured(
        _ policy: JudgementPolicy, _ heads: Heads, _ development: [LabelledText], _ bar: ProgressBar
    ) throws -> (
        both: (disguised: [EvaluationReport.Disguised], loads: [CascadeLoad]), first: [EvaluationReport.Disguised]
    ) {
        func judge(_ profile: Cascade.Profile) throws -> Cascade {
            do throws(CascadeError) {
                return try Cascade(policy: policy, release: .builtIn, heads: heads, encoder: encoder, profile: profile)
            } catch {
                throw CommandProblem("\(error)")
            }
        }
        let cascade = try judge(.thorough)
        var (both, first): ([EvaluationReport.Disguised], [EvaluationReport.Disguised]) = ([], [])
        let ways = [nil] + Disguise.allCases.map { Optional($0) }
        for (index, way) in ways.enumerated() {
            bar.show("Hiding", Double(index) / Double(ways.count))
            both.append(.init(way, DisguiseTally(cascade, development, way)))
            first.append(.init(way, DisguiseTally(policy, development, way)))
        }
        return ((both, CascadeLoad.loads(try judge(.efficient), development)), first)
    }
}
