import Foundation
import Lake

/// The template has what the source needs; a source without variables needs nothing.
struct TemplateCheck {
    var source: SourceUnderTest

    func violations() throws -> [Violation] {
        guard !source.bronze.variables.isEmpty else { return [] }
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let template = try String(contentsOf: root.appending(path: "infra/template.yaml"), encoding: .utf8)
            .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        var found: [Violation] = []
        func add(_ text: String, where isBroken: Bool) {
            if isBroken { found.append(Violation("the template \(text)")) }
        }
        for variable in source.bronze.variables.map(\.name) {
            let lines = template.filter { $0.hasPrefix("\(variable):") }
            add("does not give \(variable) to bronze", where: lines.isEmpty)
            guard variable.hasSuffix("_SECRET_ID"), let line = lines.first else { continue }
            guard let secret = line.firstMatch(of: /!GetAtt (\w+)\.Id/).map({ String($0.1) }) else {
                found.append(Violation("the template's \(variable) is no secret of the template"))
                continue
            }
            let place = template.firstIndex(of: "\(secret):")
            add(
                "has no secret \(secret)",
                where: place.map { template[($0 + 1)...].first != "Type: AWS::SecretsManager::Secret" }
                    ?? true)
            add(
                "does not let bronze read \(secret)",
                where: !template.contains("Resource: !GetAtt \(secret).Id"))
        }
        for layer in [Layer.silver, .gold] {
            let folder = "-\(layer.rawValue)-${AWS::AccountId}-${AWS::Region}/\(source.name)/*\""
            add(
                "lets nobody write \(source.name)'s tables of \(layer.rawValue)",
                where: !template.contains { $0.contains(folder) })
        }
        let switches = template.filter { $0.hasPrefix("SOURCES:") }
        add(
            "cannot switch \(source.name) on in each function",
            where: switches.count { line in line.split { !$0.isLetter }.contains { $0 == source.name } }
                != Layer.allCases.count)
        return found
    }
}
