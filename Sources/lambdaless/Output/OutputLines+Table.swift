extension OutputLines {
    /// Appends a table: its columns as wide as they need, two blanks apart, the last one ragged.
    mutating func append(table columns: [String], _ rows: [[String]]) {
        let widths = columns.indices.map { column in ([columns] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [columns] + rows {
            let cells = zip(row, widths).dropLast().map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            append((cells + [row[row.count - 1]]).joined(separator: "  "))
        }
    }
}
