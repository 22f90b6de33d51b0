/// What came of work that was asked for without a task to wait in.
package enum PromptAnswer<Answer> {
    /// It is done.
    case now(Answer)
    /// It is under way: the closure that came with the question gets the answer, once, on whatever thread has it.
    case later
    /// It would have to wait before it begins, for which there is the asynchronous call. Nothing has been done.
    case needsTask

    @inlinable
    package func map<Other>(_ transform: (Answer) -> Other) -> PromptAnswer<Other> {
        switch self {
        case .now(let answer): .now(transform(answer))
        case .later: .later
        case .needsTask: .needsTask
        }
    }
}
