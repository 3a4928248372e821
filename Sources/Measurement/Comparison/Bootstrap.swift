// SPDX-License-Identifier: MIT
// Oriel: a window onto a virtual machine.

internal import Glibc
internal import System

/// The ratio of two samples' means with its confidence interval, by the percentile bootstrap: both samples are drawn anew many times,
/// with replacement, and the interval has the ratios of these in its middle (Efron, Tibshirani: «An Introduction to the Bootstrap»,
/// 1993, chapter 13).
///
/// For few blocks the plain percentiles are too narrow. They are taken further out, as Student's t is wider than the normal
/// distribution (Hesterberg: «What Teachers Should Know About the Bootstrap», 2015, section 5: expanded percentiles).
public struct Bootstrap: Equatable, Sendable {
    public static let resamples = 2000
    /// The fewest values on each side that a ratio is made of.
    public static let leastBlocks = 5
    /// The 97.5th percentile of the normal distribution, for a confidence of 95 %.
    private static let normal = 1.959963985

    /// The subject's mean divided by the reference's: infinite where only the latter is 0.
    public let ratio: Double
    public let interval: ClosedRange<Double>

    /// - Parameters:
    ///   - subject: finite values, not below 0.
    ///   - reference: likewise.
    /// - Returns: nil where there are too few values.
    public init?(_ subject: [Double], to reference: [Double]) {
        guard min(subject.count, reference.count) >= Self.leastBlocks else { return nil }
        ratio = Self.quotient(Self.mean(subject), Self.mean(reference))
        var generator = SplitMix64(seed: 0x6F72_6965_6C20_3133)
        let ratios = (0..<Self.resamples).map { _ in
            let above = Self.resampledMean(subject, &generator)
            return Self.quotient(above, Self.resampledMean(reference, &generator))
        }.sorted()
        let outside = Self.outside(blocks: min(subject.count, reference.count))
        let skipped = min(Int(outside * Double(Self.resamples)), Self.resamples / 2 - 1)
        interval = ratios[skipped]...ratios[Self.resamples - 1 - skipped]
    }

    /// The share of the resamples that lie below the interval, and the share of those above.
    static func outside(blocks: Int) -> Double {
        let count = Double(blocks), point = Self.student(degrees: count - 1) * (count / (count - 1)).squareRoot()
        return 0.5 * erfc(point / 2.0.squareRoot())
    }

    /// The 97.5th percentile of Student's t, by the expansion of Cornish and Fisher (Abramowitz, Stegun 26.7.5): exact to 0.3 % for 4
    /// degrees of freedom or more.
    static func student(degrees: Double) -> Double {
        let z = normal, square = z * z
        let first = z * (square + 1) / 4
        let second = z * ((5 * square + 16) * square + 3) / 96
        let third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
        return z + first / degrees + second / (degrees * degrees) + third / (degrees * degrees * degrees)
    }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// Two zeros are as large as each other.
    private static func quotient(_ above: Double, _ below: Double) -> Double {
        below == 0 ? (above == 0 ? 1 : .infinity) : above / below
    }

    private static func resampledMean(_ values: [Double], _ generator: inout SplitMix64) -> Double {
        values.withUnsafeBufferPointer { values in
            var sum = 0.0
            for _ in 0..<values.count { sum += values[generator.next(below: values.count)] }
            return sum / Double(values.count)
        }
    }
}
