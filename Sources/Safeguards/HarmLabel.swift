/// What the linear model tells apart; the raw value is the label's place in a row of weights.
public enum HarmLabel: Int, Sendable, CaseIterable {
    /// Any of the others: what a decision is made by.
    case harmful = 0
    case chemical, biological, nuclearRadiological, conventionalWeaponsMilitary, cyber, otherHarm
    /// An attempt to talk a model out of its rules.
    case wrapper

    /// The labels that stand for a category of their own.
    public static let decisive: [HarmLabel] = [
        .chemical, .biological, .nuclearRadiological, .conventionalWeaponsMilitary, .cyber, .otherHarm,
    ]

    /// The labels whose harm is done by weapons.
    public static let weapons: [HarmLabel] = [
        .chemical, .biological, .nuclearRadiological, .conventionalWeaponsMilitary,
    ]

    /// The id of the constitution's category it stands for; a wrapper stands for other harm.
    public var category: String {
        switch self {
        case .chemical: "chemical"
        case .biological: "biological"
        case .nuclearRadiological: "nuclear_radiological"
        case .conventionalWeaponsMilitary: "conventional_weapons_military"
        case .cyber: "cyber"
        case .harmful, .otherHarm, .wrapper: "other_harm"
        }
    }
}
