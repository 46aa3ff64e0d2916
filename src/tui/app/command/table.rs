//! The table itself. Order is priority: the footer takes entries from the top until the line is full, and the first
//! match takes a key. `"g g"` is a sequence: two keys, one after the other.

use super::{Cmd, Command, Group, when};

macro_rules! commands {
    ($($id:ident $name:literal $keys:tt $group:ident $footer:literal $beside:expr, $help:literal, $when:ident;)+) => {
        pub static COMMANDS: &[Command] = &[$(Command {
            id: Cmd::$id, name: $name, keys: &$keys, group: Group::$group, footer: $footer,
            beside: $beside, help: $help, when: when::$when,
        }),+];
    };
}

commands! {
    Realistic "realistic" ["r"] Labels "realistic" None, "Label the version shown realistic; from a fix on to the next", judges;
    Unrealistic "unrealistic" ["u"] Labels "unrealistic" None, "Label it unrealistic and say why; from a fix on to the next", judges;
    Unsure "unsure" ["x"] Labels "unsure" None, "Label the version shown unsure; from a fix on", judges;
    Comment "comment" ["c"] Labels "comment" None, "Write a comment on the version shown", steps;
    Skip "skip" ["i"] Labels "skip" None, "Ignore this version, which takes a label back; from a fix on", steps;
    Flag "flag" ["F"] Labels "" None, "Flag the version shown, to look at it again, or not", steps;
    LabelAll "label-all" ["E"] Labels "" None, "Label every fix that the filter shows; one undo takes all back", items;
    Undo "undo" ["U"] Labels "undo" None, "Take the last label back; without limit, over restarts too", turns;
    Redo "redo" ["ctrl-r"] Labels "" None, "Put back the label taken back last", turns;
    WhichCases "which-versions" ["f"] Labels "which" None, "Adjudication: what waits, all with two labels, the settled", cases;
    NextFix "next-fix" ["L", "g l"] Labels "next fix" None, "Go to the next fix without a label, by any approach", items;
    Adjudicate "adjudicate" ["D"] Labels "" None, "Settle what annotators differ on: r, u or x, and why", items;
    NextApproach "next-approach" ["a"] Items "approach" Some(Cmd::PrevApproach), "Next approach: its steps, its column to sort by", several;
    PrevApproach "previous-approach" ["A"] Items "" None, "Approach before", several;

    NextSample "next-sample" ["."] Items "sample" Some(Cmd::PrevSample), "Next sample of the same item", samples;
    PrevSample "previous-sample" [","] Items "" None, "Sample before", samples;

    TestConnection "test-connection" ["ctrl-t"] Runs "test the connection" None, "Ask the model's server whether it is there", form;
    Start "start" ["ctrl-s"] Runs "start" None, "Start the run as the form says", form;

    StepForward "step-forward" ["right"] Replay "step" Some(Cmd::StepBack), "Replay: one step forward", steps;
    StepBack "step-back" ["left"] Replay "" None, "Replay: one step back", steps;
    Play "play" ["space"] Replay "play" None, "Replay: play or pause; answers arrive as they were recorded", steps;
    NextMatch "next-match" ["n"] Code "match" Some(Cmd::PrevMatch), "Search: go to the next match; esc ends the search", searching;
    PrevMatch "previous-match" ["N"] Code "" None, "Search: go to the match before", searching;
    NextFailure "next-failure" ["n"] Code "failed" Some(Cmd::PrevFailure), "Test: go to the next that fails, in later versions too", failures;
    PrevFailure "previous-failure" ["N"] Code "" None, "Test: go to the one before that fails", failures;
    ShowDiff "diff" ["d", "2", "g d"] Code "diff" None, "Show the diff; again: unified or side by side", compared;
    Versions "versions" ["v"] Code "versions" None, "Choose the version that the diff starts from", versions;
    NextChange "next-change" ["n"] Code "change" Some(Cmd::PrevChange), "Go to the next change", changes;
    PrevChange "previous-change" ["N"] Code "" None, "Go to the change before", changes;
    ShowFix "fix" ["f"] Code "" None, "Go to the version that the scanner accepts, else to the last", tried;
    ShowCode "code" ["1", "g c"] Code "" None, "Show the code", steps;
    ShowFindings "findings" ["3", "g f"] Code "" None, "Show the findings before and after, and the hints", steps;
    ShowPrompt "prompt" ["4", "g q"] Code "" None, "Show the item's prompt and what was sent for this step", steps;
    ShowAnswer "answer" ["5", "g a"] Code "" None, "Show the answer as it came", steps;
    ShowTest "test" ["6", "g t"] Code "test" None, "Show what the item's test says of this version", tested;
    Words "words" ["w"] Code "" None, "Mark changed words inside changed lines, or not", judges;
    Fold "fold" ["z"] Code "" None, "Fold unchanged lines away, or show all", judges;
    MoreContext "more-context" ["+", "="] Code "" None, "More unchanged lines round a change", diff;
    LessContext "less-context" ["-"] Code "" None, "Fewer unchanged lines round a change", diff;
    Wrap "wrap" ["W"] Code "" None, "Wrap long lines, both sides in step, or cut them", diff;
    HideSpace "hide-space" ["_"] Code "" None, "Hide changes of white space, or show them", diff;
    HideComments "hide-comments" ["#"] Code "" None, "Hide changes of comments, or show them", diff;
    Copy "copy" ["y"] Code "" None, "Copy code, diff, findings, page or name: a letter says which", steps;
    Editor "editor" ["e"] Code "" None, "Open what is shown in $VISUAL or $EDITOR, to read", steps;
    EventForward "event-forward" ["]"] Replay "" None, "Replay: one event forward", steps;
    EventBack "event-back" ["["] Replay "" None, "Replay: one event back", steps;
    SeekStart "seek-start" ["home"] Replay "" None, "Replay: to the first event", steps;
    SeekEnd "seek-end" ["end"] Replay "" None, "Replay: to the last event", steps;
    Seek "seek" ["%"] Replay "" None, "Replay: to a percentage", steps;
    Slower "slower" ["<"] Replay "" None, "Replay: half the speed", steps;
    Faster "faster" [">"] Replay "" None, "Replay: twice the speed", steps;

    MarkCell "mark-cell" ["space", "v"] Items "mark" None, "Lattice: mark a version; enter on another compares the two", lattice;

    Open "open" ["enter"] Moving "open" None, "Open what the cursor is on", lists;
    Filter "filter" ["/"] Items "find" None, "Filter by id, prompt, outcome, test, label, CWE, approach", list;
    Search "search" ["/"] Code "find" None, "Find in the pane; capitals count where one is typed", texts;
    FalseSecure "false-secure" ["!"] Items "false secure" None, "Only what the scanner accepts and its test fails; again: all", judged;
    Sort "sort" ["s"] Items "sort" None, "Sort by the next column", list;
    Reverse "reverse" ["S"] Items "" None, "Turn the order round", list;
    NextItem "next-item" ["J", "g n"] Items "" None, "Next item, from any pane", item;
    PrevItem "previous-item" ["K", "g p"] Items "" None, "Item before, from any pane", item;

    NewRun "new-run" ["n"] Runs "new run" None, "Run a data set, a prompt or a file of your own", may_begin;
    Review "review" ["Q o"] Labels "review" None, "Review bench: fix after fix of this run, one key a label", reviewable;
    ReviewBlind "review-blind" ["Q b"] Labels "" None, "The same blind: prompt, before and after alone, shuffled", reviewable;
    Pause "pause" ["p"] Runs "pause, go on" None, "Pause the run, or go on with it", live;
    Stop "stop" ["ctrl-x"] Runs "stop" None, "Stop the run; what is answered is kept", live;
    Board "board" ["b", "g b"] Runs "board" None, "Show what every slot of the run is doing", off_board;
    Resume "resume" ["R"] Runs "resume" None, "Go on with a run that was stopped", runs;

    GoRuns "go-to-runs" ["g r"] Runs "" None, "To the list of runs", off_runs;
    GoItems "go-to-items" ["g i"] Items "" None, "To the items of the open run", off_items;

    NextPage "next-page" ["tab"] Report "page" None, "Report: next table or figure", cells;
    PrevPage "previous-page" ["shift-tab"] Report "" None, "Report: table or figure before", cells;
    CellRight "cell-right" ["l", "right"] Report "" None, "Report, lattice: one cell to the right", grid;
    CellLeft "cell-left" ["h", "left"] Report "" None, "Report, lattice: one cell to the left", grid;
    Verdict "verdict" ["v"] Report "verdict" None, "Report: the strict verdict, or the paper's", numbers;
    WithLabels "with-labels" ["w"] Report "labels" None, "Report: with the labels counted, or without", labelled;
    Figure4Of "figure-4-of" ["a"] Report "approach" None, "Figure 4: of the next approach", figure4;
    NextPair "next-pair" ["a"] Report "pair" None, "Confusion: of the next two annotators", pairs;
    RunsBeside "runs-beside" ["B"] Report "runs beside" None, "Report: the data set's other runs beside this one, or not", cells;
    OnlyApart "only-apart" ["f"] Report "differing" None, "Scanners: only where they differ, or all", scanners;
    Explain "explain" ["?"] Report "explain" None, "Explain the number under the cursor; again: every key", numbered;
    Report "report" ["m", "g m"] Report "report" None, "Report: the study's numbers, each with its items", off_report;
    Scanners "scanners" ["o", "g o"] Report "scanners" None, "What each scanner says, item by item", off_scanners;
    Lattice "lattice" ["V", "g v"] Items "lattice" None, "Every version of the item in one picture", items;

    NextPane "next-pane" ["tab"] Moving "pane" None, "Next pane or field of the form; adjudication: all labels", parted;
    PrevPane "previous-pane" ["shift-tab"] Moving "" None, "Pane before", parted;
    Down "down" ["j", "down"] Moving "" None, "Down", any;
    Up "up" ["k", "up"] Moving "" None, "Up", any;
    PageDown "page-down" ["ctrl-d", "pgdn"] Moving "" None, "Half a page down", any;
    PageUp "page-up" ["ctrl-u", "pgup"] Moving "" None, "Half a page up", any;
    Top "top" ["g g"] Moving "" None, "To the first line", any;
    Bottom "bottom" ["G", "g e"] Moving "" None, "To the last line", any;
    Left "scroll-left" ["h"] Moving "" None, "Show what is further left", steps;
    Right "scroll-right" ["l"] Moving "" None, "Show what is further right", steps;
    Narrower "narrower" ["{"] Moving "" None, "Make the focused pane narrower", beside;
    Wider "wider" ["}"] Moving "" None, "Make the focused pane wider", beside;
    Zoom "zoom" ["Z"] Moving "" None, "The focused pane alone on the screen, or all again", beside;
    Back "back" ["esc", "backspace"] Moving "back" None, "Close, clear the filter, or go one screen up", inside;

    Palette "commands" [":"] Everywhere "commands" None, "Find a command by its name", any;
    Help "help" ["?"] Everywhere "help" None, "Show every key of this screen", helped;
    Mouse "mouse" ["M"] Everywhere "" None, "Mouse on or off; shift held selects as ever", any;
    Theme "theme" ["T"] Everywhere "" None, "Next theme", any;
    Suspend "suspend" ["ctrl-z"] Everywhere "" None, "Back to the shell; fg returns", any;
    Quit "quit" ["q", "ctrl-c"] Everywhere "quit" None, "Leave; every label is on disk already", any;
}
