/// How long answers take.
public enum LatencyProfile: Sendable, Equatable {
    /// As fast as the machine can.
    case none
    /// As logged by the project that seed 001 describes: pages of visitors take 1.2 to 2.0 s at the start and 6.5 to
    /// 8 s from page 1,100 on; everything else takes 0.9 to 1.9 s. The factor stretches or shrinks all of them.
    case seed001(scale: Double)

    /// Seconds to wait before an answer; the page is that of the visitors list, nil for other resources.
    func seconds(visitorPage: Int?, noise: inout Noise) -> Double {
        guard case .seed001(let scale) = self else { return 0 }
        let jitter = noise.unit()
        guard let visitorPage else { return scale * (0.9 + jitter) }
        let depth = min(1, Double(visitorPage - 1) / 1_099)
        return scale * (1.2 + 5.3 * depth + jitter * (0.8 + 0.7 * depth))
    }
}
