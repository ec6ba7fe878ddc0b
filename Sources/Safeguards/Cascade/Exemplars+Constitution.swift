public import Constitution

extension Constitution {
    /// The examples of all categories, as the second stage compares them.
    public var exemplars: [Exemplar] {
        categories.flatMap { category in
            category.permitExamples.map { Exemplar(category: category.id, text: $0, isForbidden: false) }
                + category.forbidExamples.map { Exemplar(category: category.id, text: $0, isForbidden: true) }
        }
    }
}
