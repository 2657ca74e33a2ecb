"""Mosaics of the validation pieces: mosaic.py DATA OUT SIDE..."""
import json,sys,os,numpy as np
from PIL import Image
from pycocotools import mask as M
data,out=sys.argv[1:3]; sides=[int(s) for s in sys.argv[3:]]
d=json.load(open(f'{data}/val.json')); P=256
pieces=[i for i in d['images'] if i['kind']=='fluorescence' and (i['width'],i['height'])==(P,P)]
by={}
for a in d['annotations']: by.setdefault(a['image_id'],[]).append(a)
for side in sides:
    n=side//P
    canvas=np.zeros((side,side,3),np.uint8); anns=[]; pim=[];pann=[]
    os.makedirs(f'{out}/pieces{side}',exist_ok=True); os.makedirs(f'{out}/mosaic{side}',exist_ok=True)
    for k in range(n*n):
        y,x=divmod(k,n); i=pieces[(y%8*8+x%8)%len(pieces)]
        rgb=np.array(Image.open(f"{data}/val/{i['file_name']}").convert('RGB'))
        canvas[y*P:y*P+P,x*P:x*P+P]=rgb
        name=f'{k:04d}.png'; Image.fromarray(rgb).save(f'{out}/pieces{side}/{name}')
        pim.append({'id':k+1,'file_name':name,'width':P,'height':P})
        for a in by.get(i['id'],[]):
            m=M.decode(a['segmentation'] if isinstance(a['segmentation'],dict) else None)
            ys,xs=np.nonzero(m)
            pann.append({'id':len(pann)+1,'image_id':k+1,'category_id':1,'iscrowd':0,'area':int(a['area']),'bbox':a['bbox'],'segmentation':a['segmentation']})
            big=np.zeros((side,side),np.uint8,order='F'); big[y*P:y*P+P,x*P:x*P+P]=m
            r=M.encode(big); r['counts']=r['counts'].decode()
            bb=a['bbox']
            anns.append({'id':len(anns)+1,'image_id':1,'category_id':1,'iscrowd':0,'area':int(a['area']),'bbox':[bb[0]+x*P,bb[1]+y*P,bb[2],bb[3]],'segmentation':r})
    Image.fromarray(canvas).save(f'{out}/mosaic{side}/mosaic.png')
    cat=d['categories']
    json.dump({'images':[{'id':1,'file_name':'mosaic.png','width':side,'height':side}],'annotations':anns,'categories':cat},open(f'{out}/mosaic{side}.json','w'))
    json.dump({'images':pim,'annotations':pann,'categories':cat},open(f'{out}/pieces{side}.json','w'))
    print(side,len(anns))
