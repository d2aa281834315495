import SourceBattery
import Testing

/// Each source is one folder, and nobody else knows of it but those who list all.
struct HouseTests {
    @Test func `nothing but its folder, its stand-in and the lists names a source`() throws {
        let namings = try House.checkout.get().namings
        #expect(namings == [])
    }

    @Test func `sources do not import each other`() throws {
        let imports = try House.checkout.get().imports
        #expect(imports == [])
    }

    @Test func `every source takes part in the battery`() throws {
        let folders = try House.checkout.get().sourceFolders
        #expect(!folders.isEmpty)
        let names = Set(SourceUnderTest.all.map(\.name))
        #expect(Set(folders.map { $0.lowercased() }).subtracting(names) == [])
    }

    @Test func `every function lists every source`() throws {
        let house = try House.checkout.get()
        for folder in house.sourceFolders { #expect(house.executables(without: folder) == [], "\(folder)") }
    }

    @Test(arguments: [
        "Lake/Run.swift", "Tables/Table.swift", "HTTP/Request.swift", "Clickstream/Clickstream.swift",
    ])
    func `a file that names a source is noticed`(path: String) throws {
        var house = try House.checkout.get()
        house.add("// As Wistia's.", at: path)
        #expect(house.namings == [path])
    }

    @Test(arguments: ["Lake/Run.swift", "Tables/Table.swift"])
    func `a file of the lake that names a source to come is noticed`(path: String) throws {
        var house = try House.checkout.get()
        house.add("let clickStreamSlots = 288", at: path)
        #expect(house.namings == [path])
    }

    @Test(arguments: [
        "import Wistia", "public import Wistia", "@testable import Wistia", "import struct Wistia.DimMedia",
    ])
    func `a source that imports another is noticed`(line: String) throws {
        var house = try House.checkout.get()
        house.add("\(line)\nstruct ViewershipBronze: BronzeSource {\n}\n", at: "Viewership/Viewership.swift")
        #expect(house.imports == ["Viewership/Viewership.swift"])
    }
}
