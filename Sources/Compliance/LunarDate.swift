import Glibc

/// A day of the Vietnamese lunisolar calendar, by which Tết and Giỗ Tổ Hùng Vương are kept.
///
/// Months begin with the day of the new moon at UTC+7. The eleventh holds the winter solstice; between two of them with twelve months in between,
/// the first that the sun spends within one sign of 30° is a leap month. Moon and sun after J. Meeus, Astronomical Algorithms, chapters 49 and 25:
/// good to a minute or two, in the centuries around 2000.
struct LunarDate: Equatable, Sendable {
    /// 1 through 12.
    var month: Int
    /// 1 through 30.
    var day: Int
    /// The second of two months of the same number.
    var isLeap: Bool
    /// 29 or 30.
    var daysInMonth: Int

    /// - Parameter day: days since 1970-01-01, of local time.
    init(day: Int) {
        let start = LunarDate.monthStart(before: day)
        var first = LunarDate.eleventhMonth(ofYear: LunarDate.gregorianYear(day))
        var last = first
        if first > start {
            first = LunarDate.eleventhMonth(ofYear: LunarDate.gregorianYear(day) - 1)
        } else {
            last = LunarDate.eleventhMonth(ofYear: LunarDate.gregorianYear(day) + 1)
        }
        // Months of 29 and 30 days: a dozen of them stays within half a month of so many times 29.53.
        func index(_ start: Int) -> Int { Int((Double(start - first) / LunarDate.meanMonth).rounded()) }
        var number = index(start)
        isLeap = false
        if index(last) == 13 {
            let starts = (0...13).map { LunarDate.monthStart(before: first + Int(Double($0) * LunarDate.meanMonth) + 15) }
            let leap = (1..<13).first { LunarDate.sign(starts[$0]) == LunarDate.sign(starts[$0 + 1]) } ?? 13
            isLeap = number == leap
            if number >= leap { number -= 1 }
        }
        month = (number + 10) % 12 + 1
        self.day = day - start + 1
        daysInMonth = LunarDate.monthStart(before: start + 45) - start
    }

    private static let meanMonth = 29.530588861
    /// The day on which Julian day 0 would begin at UTC+7, as days since 1970: Julian days begin at noon, UTC.
    private static func day(ofJulian julian: Double) -> Int { Int((julian - 2_440_587.5 + 7.0 / 24).rounded(.down)) }
    private static func julian(ofDay day: Int) -> Double { Double(day) + 2_440_587.5 - 7.0 / 24 }
    private static func sine(_ degrees: Double) -> Double { sin(degrees.truncatingRemainder(dividingBy: 360) * .pi / 180) }

    /// Terrestrial less universal time, in days: 69 s in 2020, some seconds more or less in a lifetime.
    private static let deltaT = 69.0 / 86_400

    /// The local day of the new moon that is so many after the first of 2000 (Meeus, chapter 49).
    private static func newMoon(_ number: Int) -> Int {
        let k = Double(number)
        let t = k / 1236.85
        let e = 1 - 0.002516 * t - 0.0000074 * t * t
        let sun = 2.5534 + 29.10535670 * k - 0.0000014 * t * t
        let moon = 201.5643 + 385.81693528 * k + 0.0107582 * t * t
        let latitude = 160.7108 + 390.67050284 * k - 0.0016118 * t * t
        let node = 124.7746 - 1.56375588 * k + 0.0020672 * t * t
        var time = 2_451_550.09766 + meanMonth * k + 0.00015437 * t * t
        time += -0.40720 * sine(moon) + 0.17241 * e * sine(sun) + 0.01608 * sine(2 * moon) + 0.01039 * sine(2 * latitude)
        time += 0.00739 * e * sine(moon - sun) - 0.00514 * e * sine(moon + sun) + 0.00208 * e * e * sine(2 * sun)
        time += -0.00111 * sine(moon - 2 * latitude) - 0.00057 * sine(moon + 2 * latitude) + 0.00056 * e * sine(2 * moon + sun)
        time += -0.00042 * sine(3 * moon) + 0.00042 * e * sine(sun + 2 * latitude) + 0.00038 * e * sine(sun - 2 * latitude)
        time += -0.00024 * e * sine(2 * moon - sun) - 0.00017 * sine(node)
        return day(ofJulian: time - deltaT)
    }

    /// The first day of the month that holds a day.
    private static func monthStart(before day: Int) -> Int {
        var number = Int(((julian(ofDay: day) - 2_451_550.09766) / meanMonth).rounded(.down)) + 1
        while newMoon(number) > day { number -= 1 }
        return newMoon(number)
    }

    /// Which 30° of its way the sun is in when a local day begins: 0 from the spring equinox, 9 from the winter solstice (Meeus, chapter 25).
    private static func sign(_ day: Int) -> Int {
        let t = (julian(ofDay: day) + deltaT - 2_451_545) / 36_525
        let mean = 280.46646 + 36_000.76983 * t + 0.0003032 * t * t
        let anomaly = 357.52911 + 35_999.05029 * t - 0.0001537 * t * t
        let centre =
            (1.914602 - 0.004817 * t) * sine(anomaly) + (0.019993 - 0.000101 * t) * sine(2 * anomaly) + 0.000289 * sine(3 * anomaly)
        let longitude = mean + centre - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * t)
        let turn = longitude.truncatingRemainder(dividingBy: 360)
        return Int((turn < 0 ? turn + 360 : turn) / 30)
    }

    /// The first day of the month that holds the winter solstice of a year.
    private static func eleventhMonth(ofYear year: Int) -> Int {
        let end = firstDay(ofYear: year + 1) - 1
        let start = monthStart(before: end)
        // The sun is beyond the solstice when it begins: the one before holds it.
        return sign(start) >= 9 ? monthStart(before: start - 1) : start
    }

    /// 1 January, as days since 1970 (the Gregorian rule of leap years).
    private static func firstDay(ofYear year: Int) -> Int {
        let before = year - 1
        return 365 * before + before / 4 - before / 100 + before / 400 - 719_162
    }

    private static func gregorianYear(_ day: Int) -> Int {
        var year = 1970 + day / 366
        while firstDay(ofYear: year + 1) <= day { year += 1 }
        return year
    }
}
