import { create } from 'zustand';

const STORED_AS = 'clickledger.csv-bom';

function stored(): boolean {
  try {
    return localStorage.getItem(STORED_AS) === 'true';
  } catch {
    return false; // storage is forbidden
  }
}

/** Whether CSV files begin with a byte order mark, without which some spreadsheets garble what is not English. Kept in this browser. */
export const useCsvBom = create<{ bom: boolean; setBom: (bom: boolean) => void }>((set) => ({
  bom: stored(),
  setBom: (bom) => {
    set({ bom });
    try {
      localStorage.setItem(STORED_AS, String(bom));
    } catch {
      // Kept until the page is closed.
    }
  },
}));
