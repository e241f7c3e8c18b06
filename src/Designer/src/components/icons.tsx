/** The signs of the house, drawn on a grid of 24. They stand beside words, so a screen reader passes over them. */
import type { ReactNode } from 'react';

const drawn = (shape: ReactNode) =>
  function Icon() {
    return (
      <svg className="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        {shape}
      </svg>
    );
  };

export const AlertIcon = drawn(<path d="M12 3.5 22 20.5H2zM12 10v5M12 17.600v.4" />);
export const BackIcon = drawn(<path d="M20 12H4M10 5.500 3.500 12l6.500 6.500" />);
export const CalendarIcon = drawn(
  <path d="M5 5h14a1.500 1.500 0 0 1 1.500 1.500V19a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 19V6.500A1.500 1.500 0 0 1 5 5zM3.500 10h17M8 2.500V7M16 2.500V7" />,
);
export const CameraIcon = drawn(
  <path d="M3 7.500h4.500l2-3h5l2 3H21v12H3zM8.500 13a3.500 3.500 0 1 0 7 0 3.500 3.500 0 1 0-7 0" />,
);
export const CheckIcon = drawn(<path d="M4 12.500 9.500 18 20 6.500" />);
export const ChevronIcon = drawn(<path d="m9 5 7 7-7 7" />);
export const ClipIcon = drawn(
  <path d="m20 11-8.500 8.500a5 5 0 0 1-7-7L13 4a3.400 3.400 0 0 1 4.800 4.800L9.500 17a1.700 1.700 0 0 1-2.400-2.400L15 7" />,
);
export const ClockIcon = drawn(<path d="M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 7v5l3.500 2" />);
export const CloseIcon = drawn(<path d="m5.500 5.500 13 13M18.500 5.500l-13 13" />);
export const CopyIcon = drawn(<path d="M8.500 8.500h12v12h-12zM15.500 8.500v-5h-12v12h5" />);
export const DocumentIcon = drawn(<path d="M6 2.500h8l5 5v14H6zM14 2.500v5h5" />);
export const FolderIcon = drawn(<path d="M3 6.500h6l2 2.500h10v11H3z" />);
export const ForwardIcon = drawn(<path d="M4 12h16M14 5.500 20.500 12 14 18.500" />);
export const HandIcon = drawn(
  <path d="M4 14h4l3 3h5l4-4-1.500-1.500L15 14h-4M4 20h13M12 3v6M9.500 6.500 12 9l2.500-2.500" />,
);
export const InfoIcon = drawn(<path d="M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 11v6M12 7.400v.2" />);
export const KeyIcon = drawn(
  <path d="M3.500 15.500a4 4 0 1 0 8 0 4 4 0 1 0-8 0M10.500 12.500 19 4M15.500 7.500l3 3" />,
);
export const LateIcon = drawn(<path d="M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 6.500v7M12 16.600v.6" />);
export const LockIcon = drawn(<path d="M5 10.500h14v10H5zM8 10.500V7a4 4 0 0 1 8 0v3.500" />);
export const MailIcon = drawn(<path d="M3 5.500h18v13H3zM3 7l9 6.500L21 7" />);
export const MinusIcon = drawn(<path d="M5 12h14" />);
export const PenIcon = drawn(<path d="m4 20 1-4.500L16.500 4 20 7.500 8.500 19z" />);
export const PeopleIcon = drawn(
  <path d="M5.500 8a3.500 3.500 0 1 0 7 0 3.500 3.500 0 1 0-7 0M2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.800a3.500 3.500 0 0 1 0 6.400M18 14.500c2 .8 3.200 2.600 3.500 5.500" />,
);
export const PersonIcon = drawn(
  <path d="M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4 21c.6-4.500 3.600-7 8-7s7.400 2.500 8 7" />,
);
export const PlusIcon = drawn(<path d="M12 5v14M5 12h14" />);
export const PrinterIcon = drawn(<path d="M7 8.500v-5h10v5M7 17H3.500V8.500h17V17H17M7 14h10v6.500H7z" />);
export const PlayIcon = drawn(<path d="M7 4.500v15l12-7.500z" />);
export const RedoIcon = drawn(<path d="M16 4 20.500 8.500 16 13M20 8.500H10a6 6 0 0 0 0 12h6" />);
export const RulerIcon = drawn(<path d="M3 8h18v8H3zM7 8v3.500M11 8v5M15 8v3.500M19 8v3" />);
export const SearchIcon = drawn(
  <path d="M4 10.500a6.500 6.500 0 1 0 13 0 6.500 6.500 0 1 0-13 0M15.500 15.500 21 21" />,
);
export const ShieldIcon = drawn(
  <path d="M12 2.500 20 5.500V11c0 5-3.200 8.500-8 10.500C7.200 19.500 4 16 4 11V5.500z" />,
);
export const TodayIcon = drawn(<path d="M4 6h16M4 12h16M4 18h9M15.500 18l2 2 4-4" />);

export const TrashIcon = drawn(<path d="M4 6.500h16M9 6.500v-3h6v3M6 6.500l1 14h10l1-14M10 10.500v6M14 10.500v6" />);
export const UndoIcon = drawn(<path d="M8 4 3.500 8.500 8 13M4 8.500h10a6 6 0 0 1 0 12H8" />);

/** A file and a ruler. */
export function Mark() {
  return (
    <svg viewBox="0 0 28 28" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth="2">
      <path d="M3 6h7l2.500 3H25v14H3z" strokeLinejoin="round" />
      <path d="M7.500 23v-4M12 23v-6.500M16.500 23v-4M21 23v-6.500" />
    </svg>
  );
}
