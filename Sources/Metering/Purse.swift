/// What was spent and what is promised, in one period.
struct Slot: Sendable, Equatable {
    /// Which day or month.
    var label: Int32
    /// Settled, in micro-units.
    var spent: Int64 = 0
    /// Promised to exchanges that run, in micro-units.
    var reserved: Int64 = 0

    var sum: Int64 { spent.addingClamped(reserved) }
}

/// The last few periods that something was spent in, each under its label.
///
/// A period is found by its label and never by its place in time: a clock that jumps to another day and back finds the
/// first day's sum again. Three are kept; the one unused longest makes room.
struct RecentSlots: Sendable, Equatable {
    private var first = Slot(label: -1)
    private var second = Slot(label: -1)
    private var third = Slot(label: -1)

    /// The slot of a label; nothing spent if there is none.
    subscript(_ label: Int32) -> Slot {
        if first.label == label { return first }
        if second.label == label { return second }
        return third.label == label ? third : Slot(label: label)
    }

    /// Changes the slot of a label, which is made if it isn't there.
    mutating func update(_ label: Int32, _ change: (inout Slot) -> Void) {
        if first.label != label {
            if second.label == label {
                swap(&first, &second)
            } else {
                let found = third.label == label ? third : Slot(label: label)
                third = second
                second = first
                first = found
            }
        }
        change(&first)
    }

    /// Changes the slot of a label if it is there; its place stays.
    mutating func updateIfKept(_ label: Int32, _ change: (inout Slot) -> Void) {
        if first.label == label {
            change(&first)
        } else if second.label == label {
            change(&second)
        } else if third.label == label {
            change(&third)
        }
    }

    /// The slots there are, the last used first.
    var all: [Slot] { [first, second, third].filter { $0.label >= 0 } }

    /// Slots as they were saved, the last used first.
    init(_ slots: [Slot] = []) {
        for slot in slots.prefix(3).reversed() { update(slot.label) { $0 = slot } }
    }
}

/// What one subject spends: in all, by day and by month.
struct Purse: Sendable, Equatable {
    let dimension: Dimension
    let id: String
    /// For an end user: whose.
    let organisation: String
    var total = Slot(label: 0)
    var days = RecentSlots()
    var months = RecentSlots()
    /// Exchanges that hold a part of it.
    var open = 0
    /// The budgets that hold for it, by their place in the book.
    var budgets: [Int] = []

    func slot(_ period: Budget.Period, _ day: UTCDay) -> Slot {
        switch period {
        case .day: days[day.number]
        case .month: months[day.month]
        case .total: total
        }
    }

    /// Books a promise.
    ///
    /// - Parameter isRestored: Whether the purse's periods are as they were saved and stay in their order.
    mutating func reserve(_ amount: Int64, _ day: UTCDay, _ month: Int32, isRestored: Bool = false) {
        func book(_ slot: inout Slot) { slot.reserved = slot.reserved.addingClamped(amount) }
        book(&total)
        guard !isRestored else {
            days.updateIfKept(day.number, book)
            return months.updateIfKept(month, book)
        }
        days.update(day.number, book)
        months.update(month, book)
    }

    /// Gives a promise back and books what was really spent.
    mutating func settle(_ charged: Int64, of reserved: Int64, _ day: UTCDay, _ month: Int32) {
        func book(_ slot: inout Slot) {
            slot.reserved = max(0, slot.reserved - reserved)
            slot.spent = slot.spent.addingClamped(charged)
        }
        book(&total)
        days.updateIfKept(day.number, book)
        months.updateIfKept(month, book)
    }
}
